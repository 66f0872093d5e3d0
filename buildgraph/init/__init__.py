"""Init: looks at a repository and writes the `dodo.py` with which it is built, and what that needs; it never overwrites.

`found` looks, `page` words the graph, `written` says what goes into which file, and `starting` carries it out. Only the standard library is imported:
it runs before there is an environment, perhaps out of a wheel that was never installed.
"""
