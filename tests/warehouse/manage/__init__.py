"""Tests of warehouse.manage."""
