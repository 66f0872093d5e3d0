"""Tests of `warehouse.pages`."""
