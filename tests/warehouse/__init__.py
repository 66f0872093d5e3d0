"""The tests of the application; folders mirror its packages.

What warns of itself while it is imported (pyramid and webob, of modules that Python or setuptools will drop) is imported here first: a warning
that no test causes would stand below each run.
"""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pyramid.path  # noqa: F401
    import webob.compat  # noqa: F401
