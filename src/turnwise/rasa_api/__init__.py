"""Rasa's interface for extensions: what a project's own parts import as `rasa.…` (`turnwise.rasa_names`)."""
