"""Components that decide what a message wants."""
