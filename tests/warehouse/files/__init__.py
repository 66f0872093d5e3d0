"""Tests of `warehouse.files`."""
