"""The run: from a plan to what was made and recorded."""
