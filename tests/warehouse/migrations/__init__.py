"""Tests of `warehouse.migrations`."""
