"""Facts: what a result depends on, as (kind, key, value), and what the value is now.

The kinds are the table at the end. A value is a digest or a word; the value of an environment variable is never stored, only its digest.
"""

from __future__ import annotations

import configparser
import contextlib
import glob
import hashlib
import os
import platform
import site
import stat
import sys
from collections.abc import Callable, Iterable, Mapping

from buildgraph import handed, serving

from . import distributions, unread
from .blocks import Block
from .bodies import Body
from .digests import ABSENT, EXECUTABLE, FOLDER, Digests
from .paths import NOISE, SITE, Paths
from .system import SYSTEM

Fact = tuple[str, str, str]
"""Kind, key, value."""

CONFIGURATIONS = (
    "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg",
)  # fmt: skip
"""Where pytest looks for its settings (its reference, "Configuration file formats")."""
PERSONAL = (
    "_", "SHLVL", "PWD", "OLDPWD", "TERM", "COLUMNS", "LINES", "WINDOWID", "TMPDIR", "TEMP", "TMP", "XDG_SESSION_ID", "SSH_TTY",
    "SSH_CLIENT", "SSH_CONNECTION", "SSH_AUTH_SOCK", "DISPLAY", "INVOCATION_ID", "JOURNAL_STREAM", "PYTHONDONTWRITEBYTECODE",
)  # fmt: skip
"""Variables that differ between two terminals of one person, and so say nothing."""
OF_A_RUN = (
    "PYTEST_CURRENT",
    "PYTEST_XDIST",
    "PYTEST_VERSION",
    "COV_CORE",
    "BUILDGRAPH_IMPACT",
    handed.VARIABLE,
    serving.PREFIX,
)
"""Beginnings of variables that differ between two runs by what starts them, and so say nothing either."""
OF_SOURCES = frozenset({"block", "body", "constants"})
"""Kinds that need a source to be read and parsed, for which its digest as a file can stand."""
NATIVE = (".so", ".pyd", ".abi3.so")


class Now:
    """What facts are at this moment; each is looked up once."""

    def __init__(self, paths: Paths, digests: Digests, environment: Mapping[str, str]) -> None:
        self.paths = paths
        self.digests = digests
        self.environment = environment
        self.options = ""  # the digest of pytest's options
        self._known: dict[tuple[str, str], str] = {}
        self._blocks: dict[str, dict[str, Block]] = {}

    def value(self, kind: str, key: str) -> str:
        """Return the value that a fact of this kind and key would have now."""
        known = self._known.get((kind, key))
        if known is None:
            known = self._known[kind, key] = KINDS[kind](self, key)
        return known

    def holds(self, fact: Fact) -> bool:
        """Tell whether a fact is still true; one of an unknown kind is not."""
        return fact[0] in KINDS and self.value(fact[0], fact[1]) == fact[2]

    def fresh(self, kind: str, key: str) -> Fact:
        """Return the fact as it is at this moment, not as an earlier look-up found it."""
        return kind, key, KINDS[kind](self, key)

    def variable(self, name: str) -> str:
        """Return the digest of a variable; the place of the checkout in it does not count."""
        value = self.environment.get(name)
        return ABSENT if value is None else digest_of(value.replace(self.paths.root, "<root>"))

    def block(self, key: str) -> Block | None:
        """Return a block as it is now."""
        path, name = key.split("::", 1)
        if path not in self._blocks:
            self._blocks[path] = {each.name: each for each in self.digests.blocks(self.paths.path(path))}
        return self._blocks[path].get(name)

    def body(self, key: str) -> Body:
        """Return the body of a module as it is now."""
        return self.digests.source(self.paths.path(key)).body

    def words(self, fact: Fact) -> Iterable[str]:
        """Return what that mentions which a fact is about."""
        kind, key, _ = fact
        if kind == "block":
            block = self.block(key)
            return () if block is None else block.words.split()
        if kind == "body":
            return self.body(key).words
        return key.split() if kind == "words" else ()

    def _file(self, key: str) -> str:
        return self.digests.file(self.paths.path(key))

    def _block(self, key: str) -> str:
        block = self.block(key)
        return ABSENT if block is None else block.digest

    def _body(self, key: str) -> str:
        source = self.digests.source(self.paths.path(key))
        return source.body.value(source.blocks[-1].digest) if source.blocks else ABSENT

    def _constants(self, key: str) -> str:
        return self.digests.source(self.paths.path(key)).constants or ABSENT

    def _listing(self, key: str) -> str:
        return listing(self.paths.path(key), NOISE)

    def _exists(self, key: str) -> str:
        try:
            mode = SYSTEM.stat(self.paths.path(key)).st_mode
        except (OSError, ValueError):
            return ABSENT
        return FOLDER if stat.S_ISDIR(mode) else "file" + (EXECUTABLE if mode & stat.S_IXUSR else "")

    def _stem(self, key: str) -> str:
        """Return which files and folders could be the module of a name in a folder, in the order of their precedence."""
        folder, _, name = key.rpartition("/")
        if folder == SITE:
            return (
                " ".join(filter(None, (candidates(each, name) for each in distributions.folders()))) or ABSENT
            )
        path = self.paths.path(folder or ".")
        state = self.digests.file(path)
        return candidates(path, name) or ABSENT if state in (FOLDER, ABSENT) else state  # of an archive

    def _environ(self, key: str) -> str:
        kept = sorted(
            (name, value.replace(self.paths.root, "<root>"))
            for name, value in self.environment.items()
            if not is_personal(name)
        )
        return digest_of(repr(kept))

    def _distribution(self, key: str) -> str:
        return distributions.digest(key, self.digests.file)

    def _distributions(self, key: str) -> str:
        return digest_of(repr([(name, self.value("distribution", name)) for name in distributions.names()]))

    def _interpreter(self, key: str) -> str:
        what = f"{sys.implementation.name} {platform.python_version()} {sys.platform} {platform.machine()}"
        how = (sys.flags.optimize, sys.flags.dev_mode, sys.flags.utf8_mode, sys.warnoptions)
        return what if how == (0, False, 0, []) else f"{what} {digest_of(repr(how))}"

    def _paths(self, key: str) -> str:
        """Return the digest of the files by which installed packages are found elsewhere (Python's documentation of `site`)."""
        folders = (*site.getsitepackages(), site.getusersitepackages())
        paths = [
            path for each in folders for path in sorted(glob.glob(os.path.join(glob.escape(each), "*.pth")))
        ]
        found = []
        for path in paths:
            with SYSTEM.open(path, encoding="utf-8", errors="replace") as file:
                found.append((os.path.basename(path), file.read().replace(self.paths.root, "<root>")))
        return digest_of(repr(found))

    def _configuration(self, key: str) -> str:
        return digest_of(repr([(name, configuration(self.paths.path(name))) for name in CONFIGURATIONS]))

    def _tests(self, key: str) -> str:
        """Return the digest of the names in a folder of tests that could be tests."""
        return listing(self.paths.path(key), NOISE, lambda name: "." not in name or name.endswith((".py", ".txt", ".rst", ".toml", ".ini")))  # fmt: skip

    def _tree(self, key: str) -> str:
        """Return the digest of all files of the project but those in the folders of the key."""
        digest = hashlib.sha256()
        for path in files(self.paths):
            name = self.paths.key(path)
            if not unread.is_unread(name, key):
                digest.update(f"{name}\0{self.digests.file(path)}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:20]


KINDS: dict[str, Callable[[Now, str], str]] = {
    "block": Now._block,  # path::name: a function, or all of a module but its functions
    "body": Now._body,  # what importing a module runs, name by name
    "constants": Now._constants,  # those in a source, for who draws from them
    "words": lambda now, key: "",  # no fact: what code that was compiled from a text mentions
    "file": Now._file,  # a file's content
    "listing": Now._listing,  # the names in a folder
    "exists": Now._exists,  # file, folder, or absent
    "link": lambda now, key: now.paths.link(key),  # where a link leads
    "stem": Now._stem,  # what an import of a name finds in a folder
    "variable": lambda now, key: now.variable(key),  # one variable of the environment
    "environ": Now._environ,  # all of them, for who copies them
    "distribution": Now._distribution,  # an installed distribution's RECORD
    "distributions": Now._distributions,  # all of them
    "interpreter": Now._interpreter,
    "paths": Now._paths,  # where else installed packages are looked for
    "configuration": Now._configuration,  # pytest's settings
    "options": lambda now, key: now.options,  # how pytest was called
    "tests": Now._tests,  # which files there are to collect
    "tree": Now._tree,  # all files, for a process that nobody sees into
}


def is_personal(name: str) -> bool:
    """Tell a variable that says nothing about what runs."""
    return name in PERSONAL or name.startswith(OF_A_RUN)


def digest_of(text: str) -> str:
    """Return a short digest of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:20]


def listing(path: str, noise: frozenset[str], keeps: Callable[[str], bool] = bool) -> str:
    """Return the digest of the names in a folder, and of which are folders."""
    try:
        with SYSTEM.scandir(path) as entries:
            names = [
                each.name + ("/" if each.is_dir() else "")
                for each in entries
                if each.name not in noise and keeps(each.name)
            ]
    except (OSError, ValueError):
        return ABSENT
    return digest_of("\0".join(sorted(names)))


def candidates(folder: str, name: str) -> str:
    """Return what in a folder could be a module of this name."""
    base = os.path.join(folder, name)
    found = [end for end in ("/__init__.py", *NATIVE, ".py", ".pyc") if os.path.isfile(base + end)]
    if not found and os.path.isdir(base):
        found.append("/")
    return " ".join(found)


def configuration(path: str) -> str:
    """Return the part of a file that pytest reads, or the whole file where only pytest reads it."""
    try:
        with SYSTEM.open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError):
        return ABSENT
    if path.endswith("pyproject.toml"):
        import tomllib

        with contextlib.suppress(tomllib.TOMLDecodeError):
            tools = tomllib.loads(text).get("tool", {})
            return repr((tools.get("pytest"), unread.settings_of(tools)))
    elif path.endswith((".cfg", "tox.ini")):
        parser = configparser.RawConfigParser()
        with contextlib.suppress(configparser.Error):
            parser.read_string(text)
            return repr({name: dict(parser[name]) for name in ("pytest", "tool:pytest") if name in parser})
    return text


def files(paths: Paths) -> list[str]:
    """Return the files of a project, sorted; no environments, no caches."""
    found: list[str] = []
    for folder, folders, names in os.walk(paths.root):
        folders[:] = sorted(
            each
            for each in folders
            if each not in NOISE and not os.path.exists(os.path.join(folder, each, "pyvenv.cfg"))
        )
        found += (path for name in sorted(names) if paths.key(path := os.path.join(folder, name)))
    return found
