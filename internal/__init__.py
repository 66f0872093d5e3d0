"""Commands for us, which nothing imports: `doit internal` lists them, `doit internal NAME` runs one."""
