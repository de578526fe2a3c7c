"""What English words mean: `words.npz`, and how it was made (`making.py`)."""
