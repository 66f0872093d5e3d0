"""Changes: which event a set of changed files is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

IGNORED_PARTS = frozenset({"__pycache__", ".git", "node_modules", ".venv", ".nodeenv", ".buildgraph"})
IGNORED_ENDS = ("~", ".swp", ".swx", ".tmp", ".pyc")


@dataclass(frozen=True)
class Watched:
    """Paths (repository-relative): those whose Python restarts the application, and those with tasks of their own."""

    code: tuple[str, ...]
    built: Mapping[str, tuple[str, ...]]
    ground: Mapping[str, tuple[str, ...]]

    @property
    def roots(self) -> tuple[str, ...]:
        """Return every watched path."""
        return (*self.code, *self.built, *self.ground)


@dataclass(frozen=True)
class Change:
    """What changed files ask for: tasks to run, and whether the application has to start again."""

    files: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    needs_restart: bool = False

    def and_then(self, later: "Change") -> "Change":
        """Return what both ask for together."""
        files = tuple(dict.fromkeys((*self.files, *later.files)))
        tasks = tuple(dict.fromkeys((*self.tasks, *later.tasks)))
        return Change(files, tasks, self.needs_restart or later.needs_restart)


def classify(paths: Iterable[str], watched: Watched) -> Change:
    """Sort changed paths (repository-relative, posix) into what they ask for; the most specific path decides."""
    files, tasks, needs_restart = [], [], False
    for path in sorted(set(paths)):
        kind, root = _place(path, watched)
        if is_ignored(path) or not kind or (kind == "code" and not path.endswith(".py")):
            continue
        files.append(path)
        tasks.extend(getattr(watched, kind)[root] if kind != "code" else ())
        needs_restart = needs_restart or kind != "built"
    return Change(tuple(files), tuple(dict.fromkeys(tasks)), needs_restart)


def is_ignored(path: str) -> bool:
    """Tell what editors, interpreters and the build itself write."""
    pure = PurePosixPath(path)
    return (
        not IGNORED_PARTS.isdisjoint(pure.parts) or pure.name.startswith(".") or path.endswith(IGNORED_ENDS)
    )


def _place(path: str, watched: Watched) -> tuple[str, str]:
    """Return the kind and the watched path that a changed path belongs to, two empty texts if none."""
    found = [
        (len(root), kind, root)
        for kind in ("code", "built", "ground")
        for root in getattr(watched, kind)
        if path == root or path.startswith(root.rstrip("/") + "/")
    ]
    return max(found)[1:] if found else ("", "")


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
