"""Components that choose among the responses of retrieval intents."""
