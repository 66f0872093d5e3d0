"""Tests of `warehouse.uploads`."""
