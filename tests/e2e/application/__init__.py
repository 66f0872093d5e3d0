"""Tests of the application as production runs it, from outside: real processes, real clients, kills and hostile uploads."""
