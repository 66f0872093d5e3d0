"""Tests of warehouse.mail."""
