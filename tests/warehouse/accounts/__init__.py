"""Tests of `warehouse.accounts`."""
