"""Typecheck: mypy as a check whose result is that of the sources, whatever its cache says."""
