"""Warehouse, a package index: installers download from it, `twine` uploads to it, people read it.

One package for each feature (a "cell"): `models` are its tables, `services` what it does, `views` how it is
reached over HTTP, at the addresses in `routes`. Only views and the modules around them know Pyramid: commands and
migrations load the rest without it.
"""
