"""Tests of the application together with services of this repository."""
