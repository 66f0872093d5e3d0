"""Hostile uploads: real distributions, mutated in their metadata, their archives, their bytes and their forms (hypothesis)."""
