"""The small area of administrators: people, and what happened."""
