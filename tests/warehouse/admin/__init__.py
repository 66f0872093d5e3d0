"""Tests of warehouse.admin."""
