"""Decisions: what is stale and why, and in which order work is done. Nothing here acts."""
