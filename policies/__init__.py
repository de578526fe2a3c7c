"""Wayfare's own policies, which `config.yml` names by their dotted paths."""
