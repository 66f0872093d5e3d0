"""Inspection: what a graph is, what its tasks really read, how long they took."""
