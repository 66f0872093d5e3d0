"""Tests of `warehouse.samples`."""
