"""Components that cut a text into tokens."""
