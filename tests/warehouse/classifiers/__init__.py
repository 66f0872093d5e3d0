"""Tests of warehouse.classifiers."""
