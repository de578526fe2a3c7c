"""Measurements, each beside stock Rasa on the same work: `python -m bench.turns --stock …/bin/rasa`."""
