"""Warehouse, a package index: installers download from it, `twine` uploads to it, people read it.

One package per feature (a "cell"): `models` are its tables, `services` what it does, `views` how it is
reached over HTTP; a cell's `includeme` registers its routes and views. Cells know `db`, `settings` and the
cells they build on.
"""
