"""What mirrors ask: what has changed since they asked last."""
