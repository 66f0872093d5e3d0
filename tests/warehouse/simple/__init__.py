"""Tests of `warehouse.simple`."""
