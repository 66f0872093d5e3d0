"""Tests of `warehouse.projects`."""
