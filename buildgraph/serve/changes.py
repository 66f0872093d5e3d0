"""Changes: which event a set of changed files is."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

IGNORED_PARTS = frozenset({"__pycache__", ".git", "node_modules", ".venv", ".nodeenv", ".buildgraph"})
IGNORED_ENDS = ("~", ".swp", ".swx", ".tmp", ".pyc")


@dataclass(frozen=True)
class Watched:
    """Folders and files (repository-relative) by what a change below them asks for."""

    code: tuple[str, ...]
    built: tuple[str, ...]
    restarting: tuple[str, ...]

    @property
    def roots(self) -> tuple[str, ...]:
        """Return every watched path."""
        return (*self.code, *self.built, *self.restarting)


@dataclass(frozen=True)
class Change:
    """What changed files ask for: a restart, a build, or a build and then a restart."""

    code: tuple[str, ...] = ()
    built: tuple[str, ...] = ()
    restarting: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.code or self.built or self.restarting)


def classify(paths: Iterable[str], watched: Watched) -> Change:
    """Sort changed paths (repository-relative, posix) into what they ask for; the most specific folder decides."""
    found: dict[str, list[str]] = {"code": [], "built": [], "restarting": []}
    for path in sorted(set(paths)):
        if is_ignored(path):
            continue
        kind = _kind(path, watched)
        if kind and not (kind == "code" and not path.endswith(".py")):
            found[kind].append(path)
    return Change(**{kind: tuple(names) for kind, names in found.items()})


def is_ignored(path: str) -> bool:
    """Tell what editors, interpreters and the build itself write."""
    pure = PurePosixPath(path)
    return not IGNORED_PARTS.isdisjoint(pure.parts) or pure.name.startswith(".") or path.endswith(IGNORED_ENDS)


def _kind(path: str, watched: Watched) -> str:
    candidates = [
        (len(root), kind)
        for kind in ("code", "built", "restarting")
        for root in getattr(watched, kind)
        if path == root or path.startswith(root.rstrip("/") + "/")
    ]
    return max(candidates)[1] if candidates else ""


def first_syntax_error(paths: Iterable[str]) -> str:
    """Return where and why a changed Python file does not compile, "" if all do."""
    for path in paths:
        try:
            compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
        except FileNotFoundError:
            continue
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            place = f"{path}, line {line}" if line else path
            return f"{place}: {getattr(error, 'msg', None) or error}"
    return ""
