"""Tests of the mirrors' questions."""
