"""Application: what is served, by the name that is given, `module:callable` or `module:factory()`."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable

from buildgraph.errors import BuildError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WSGI, ASGI = "wsgi", "asgi"


def parts(name: str) -> tuple[str, str, bool]:
    """Return the module, the attribute, and whether it is to be called; raise BuildError for another form."""
    module, colon, attribute = name.partition(":")
    is_factory = attribute.endswith("()")
    attribute = attribute.removesuffix("()") or "application"
    names = [*module.split("."), *attribute.split(".")]
    if not colon or not all(each.isidentifier() for each in names):
        hint = "Write a module and what is in it: '--app=package.module:application', with '()' if that makes the application."
        raise BuildError(f"'{name}' does not name an application", "", hint)
    return module, attribute, is_factory


def load(name: str) -> Callable:
    """Import the module and return the application."""
    module, attribute, is_factory = parts(name)
    found: Any = importlib.import_module(module)
    for each in attribute.split("."):
        found = getattr(found, each)
    application = found() if is_factory else found
    if not callable(application):
        raise TypeError(f"'{name}' is a {type(application).__name__}, which cannot be called")
    return application


def kind(application: Callable) -> str:
    """Tell which of the two interfaces an application has: those of ASGI are coroutines with three parameters, or classes of them."""
    called = application if inspect.isroutine(application) else getattr(application, "__call__", application)  # noqa: B004
    if inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(called):
        return ASGI
    if inspect.isclass(application):
        return ASGI if inspect.iscoroutinefunction(getattr(application, "__call__", None)) else WSGI  # noqa: B004
    try:
        required = [
            each for each in inspect.signature(application).parameters.values() if each.default is each.empty
        ]
    except (TypeError, ValueError):
        return WSGI
    return ASGI if len(required) == 3 else WSGI
