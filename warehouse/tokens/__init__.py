"""API tokens, with which tools act for people."""
