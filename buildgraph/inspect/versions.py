"""Versions: of the project, of doit, which its graph is defined with, and of the Python that both run on."""

from __future__ import annotations

import platform
import sys
import tomllib


def show(doit: str) -> None:
    """Print each on a line of its own; a project that says no name and version has none."""
    try:
        with open("pyproject.toml", "rb") as file:
            project = tomllib.load(file).get("project", {})
    except OSError:
        project = {}
    if "name" in project and "version" in project:
        print(project["name"], project["version"])
    print("doit", doit)
    print(f"Python {platform.python_version()} ({sys.executable})")
