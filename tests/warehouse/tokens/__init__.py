"""Tests of `warehouse.tokens`."""
