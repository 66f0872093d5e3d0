"""Tests of warehouse.jobs."""
