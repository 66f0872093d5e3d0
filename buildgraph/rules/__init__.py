"""Rules: what `dodo.py` says."""
