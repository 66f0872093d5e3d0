"""inspector: a service of this repository."""
