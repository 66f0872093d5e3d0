"""Tests of `warehouse.cli`."""
