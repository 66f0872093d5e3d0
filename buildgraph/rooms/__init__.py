"""Rooms: one concern of a web application's tooling each; they never import one another."""
