"""Facts: what is on disk and in the environment, without judging it."""
