"""The JSON documents of a project and of a release, as PyPI's `/pypi/…/json` has them."""
