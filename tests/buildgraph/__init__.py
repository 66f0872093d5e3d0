"""Tests of the library; the folders mirror its packages."""
