"""Actions: commands and their outputs."""
