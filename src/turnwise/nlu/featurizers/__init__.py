"""Components that describe a text in numbers."""
