"""Commands for us, which nothing imports: `python -m internal.NAME` runs one."""
