"""End to end: a whole checkout in a folder of its own, driven by its commands and by real clients."""
