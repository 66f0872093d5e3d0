"""The tests of the application; folders mirror its packages."""
