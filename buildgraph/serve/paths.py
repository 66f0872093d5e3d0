"""Paths: whose a file is, by its path: the application's, an installed package's, or one that is not followed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

LIBRARY = os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + os.sep
INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
STANDARD = os.path.dirname(os.path.realpath(os.__file__)) + os.sep
UNREAL = ("/proc/", "/sys/", "/dev/")
IGNORED_FOLDERS = frozenset(
    {"__pycache__", ".git", ".hg", ".svn", "node_modules", ".venv", ".nodeenv", ".buildgraph", ".tox", ".nox"}
    | {".mypy_cache", ".ruff_cache", ".pytest_cache", ".idea", ".vscode", "site-packages"}
)
IGNORED_ENDS = ("~", ".swp", ".swx", ".swo", ".tmp", ".pyc", ".pyo", ".orig", ".rej")
IGNORED_STARTS = (".#", "#", "4913", ".goutputstream-")  # Emacs' locks and saves, Vim's probe, GLib's saves
MODULE_ENDS = (".py", ".so", ".pyd", ".pyi")
STYLE_ENDS = (".css",)
PAGE_ENDS = (".html", ".htm", ".jinja2", ".j2", ".jinja", ".mako", ".pt", ".js", ".svg", ".png", ".txt")


def is_installed(path: str) -> bool:
    """Tell files of packages and of the standard library, which change by an installation and by no editor."""
    return path.startswith(STANDARD) or any(part in path for part in INSTALLED)


def is_ours(path: str) -> bool:
    """Tell files of this library, which the application does not consist of."""
    return path.startswith(LIBRARY)


def is_application(path: str) -> bool:
    """Tell files whose change changes the application, wherever they lie."""
    return not (is_installed(path) or is_ours(path) or path.startswith(UNREAL))


def is_noise(path: str) -> bool:
    """Tell what editors and interpreters write for themselves, by the name."""
    name = os.path.basename(path)
    return name.endswith(IGNORED_ENDS) or name.startswith(IGNORED_STARTS)


def identity(folder: str) -> tuple[int, ...]:
    """Return what tells a folder from another one in its place, nothing if there is none."""
    try:
        found = os.stat(folder)
    except OSError:
        return ()
    return (found.st_dev, found.st_ino)


def walk(root: str, is_wanted: bool = False) -> Iterator[tuple[str, list[os.DirEntry]]]:
    """Yield the folders that are followed below one, by real path, with their files; links are followed once.

    An environment is left out, unless it is the folder that is wanted.
    """
    seen: set[str] = set()
    rest = [os.path.realpath(root)]
    while rest:
        folder = rest.pop()
        if folder in seen:
            continue
        seen.add(folder)
        files, inner, is_environment = _entries(folder)
        if is_environment and not (is_wanted and len(seen) == 1):
            continue
        rest += inner
        yield folder, files


def _entries(folder: str) -> tuple[list[os.DirEntry], list[str], bool]:
    files, inner, is_environment = [], [], False
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                is_environment = is_environment or entry.name == "pyvenv.cfg"
                if _is_folder(entry):
                    if entry.name not in IGNORED_FOLDERS:
                        inner.append(os.path.realpath(entry.path) if entry.is_symlink() else entry.path)
                else:
                    files.append(entry)
    except OSError:
        pass
    return files, [path for path in inner if not is_installed(path + os.sep)], is_environment


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def python_words() -> list[str]:
    """Return how to start this Python again with the flags that it was started with."""
    import subprocess

    return [sys.executable, *subprocess._args_from_interpreter_flags()]  # type: ignore[attr-defined] # as multiprocessing does
