"""Linehaul: lines of an access log become counts of downloads."""
