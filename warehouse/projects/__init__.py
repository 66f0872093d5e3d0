"""Projects, their releases and files: what the index is about."""
