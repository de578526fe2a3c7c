"""What components learn: sparse text vectors, a linear intent model, a tagger of entities.

The modules that a serving process imports need NumPy only; those named `..._training` need SciPy too.
"""
