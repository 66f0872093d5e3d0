"""Records: what survives a run."""
