"""Wayfare's own channels, which `credentials.yml` names by their dotted paths."""
