"""Components that find entities in a message."""
