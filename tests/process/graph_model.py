"""Random graphs, random edits, and what a clean build of them gives.

The commands are two shell scripts that hash names and contents of what they read; the model computes the same in Python, so that
the expected state of the checkout is known without building it.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import pathlib
import random
import shutil
from dataclasses import dataclass, field

TOOL = """#!/bin/sh
salt=$1 out=$2; shift 2
echo half > "$out"
sum=$({ printf '%s\\n' "$salt" "$FLAVOUR"; for f in $*; do [ -e "$f" ] && printf '%s\\n' "$f" && cat "$f"; done; } | md5sum)
printf '%s\\n' "$sum" > "$out"
"""
TREE = """#!/bin/sh
salt=$1 out=$2; shift 2
mkdir -p "$out"
for f in $*; do [ -e "$f" ] && { printf '%s\\n' "$salt" "$f"; cat "$f"; } | md5sum > "$out/${f##*/}"; done; :
"""
LOOK = """#!/bin/sh
shift 2
for f in $*; do [ -e "$f" ] && cat "$f"; done; :
"""


@dataclass
class Node:
    """One rule of a random graph."""

    name: str
    kind: str  # file, place (written in place), tree, check
    inputs: list[str]
    salt: int
    output: str
    is_flavoured: bool
    is_removed: bool = False

    def source(self) -> str:
        program = {"tree": "bin/tree", "check": "bin/look"}.get(self.kind, "bin/tool")
        # Spelled like this the path is not known as the output, so that it is written in place.
        written = self.output.replace("/", "/./") if self.kind == "place" else self.output or "none"
        common = f"inputs={self.inputs!r}, command=[{program!r}, 'salt-{self.salt}', {written!r}, *{self.inputs!r}]"
        common += ", inherit=['FLAVOUR']" if self.is_flavoured else ""
        if self.kind == "check":
            return f"check({common})"
        more = f", may_be_empty=[{self.output!r}]" if self.kind == "tree" else ""
        return f"rule(outputs=[{self.output!r}], {common}{more})"


@dataclass
class World:
    """A checkout's sources and rules as they should be, and the edits made to it."""

    folder: pathlib.Path
    random: random.Random
    sources: dict[str, str] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    flavour: str = "plain"
    tampered: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)
    old: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0
    dodo: str = ""

    @classmethod
    def make(cls, folder: pathlib.Path, seed: int, size: int = 6) -> World:
        world = cls(folder, random.Random(seed))
        chance = world.random
        for name, text in (("tool", TOOL), ("tree", TREE), ("look", LOOK)):
            path = folder / "bin" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)
        for number in range(chance.randint(2, 5)):
            world.put(f"src/s{number}.txt", world.text())
        for number in range(chance.randint(2, size)):
            world.nodes.append(world.node(number))
        world.write_dodo()
        return world

    def text(self) -> str:
        return f"{self.random.randrange(10**6):06d}\n"

    def node(self, number: int) -> Node:
        chance = self.random
        known = [path for path in self.sources if path in ("src/s0.txt", "src/s1.txt")]
        made = [
            node.output + ("*" if node.kind == "tree" else "") for node in self.nodes if node.kind != "check"
        ]
        choices = [*known, *made, "src/*.txt"]
        inputs = sorted(set(chance.sample(choices, min(len(choices), chance.randint(1, 3)))))
        kind = chance.choice(["file", "file", "file", "place", "tree", "check"])
        self.count += 1
        output = {"tree": f"tree{self.count}/", "check": ""}.get(kind, f"out/o{self.count}")
        return Node(f"t{self.count}", kind, inputs, chance.randrange(100), output, chance.random() < 0.3)

    # Files

    def put(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.sources[path] = text

    def write_dodo(self) -> None:
        lines = ["from buildgraph import check, rule"]
        for node in self.nodes:
            if not node.is_removed:
                lines.append(f"def task_{node.name}():\n    return {node.source()}")
        text = "\n".join(lines) + "\n"
        if text != self.dodo:
            self.dodo = text
            (self.folder / "dodo.py").write_text(text)

    def environ(self) -> dict[str, str]:
        return {"FLAVOUR": self.flavour}

    # What a clean build gives

    def expected(self) -> dict[str, str]:
        files = dict(self.sources)
        for node in self.nodes:
            if node.is_removed or node.kind == "check":
                continue
            read = [
                path
                for pattern in node.inputs
                for path in sorted(fnmatch.filter(self._matchable(files, pattern), pattern))
            ]
            flavour = self.flavour if node.is_flavoured else ""
            if node.kind == "tree":
                for path in read:
                    data = f"salt-{node.salt}\n{path}\n{files[path]}"
                    files[node.output + os.path.basename(path)] = self._hash(data)
            else:
                data = f"salt-{node.salt}\n{flavour}\n" + "".join(f"{path}\n{files[path]}" for path in read)
                files[node.output] = self._hash(data)
        return files

    @staticmethod
    def _matchable(files: dict[str, str], pattern: str) -> list[str]:
        return [path for path in files if path.count("/") == pattern.count("/")]

    @staticmethod
    def _hash(data: str) -> str:
        return hashlib.md5(data.encode()).hexdigest() + "  -\n"

    def actual(self) -> dict[str, str]:
        found = {}
        for here, folders, files in os.walk(self.folder):
            folders[:] = [name for name in folders if name not in (".buildgraph", "bin", "__pycache__")]
            for name in files:
                path = pathlib.Path(here, name)
                try:
                    found[path.relative_to(self.folder).as_posix()] = path.read_text(errors="replace")
                except FileNotFoundError:  # A command of a killed run is just being ended.
                    continue
        found.pop("dodo.py", None)
        return found

    # Edits

    def edit(self) -> None:
        edits = [
            self.change,
            self.change,
            self.same_time,
            self.touch,
            self.add,
            self.delete,
            self.rename,
            self.revert,
        ]
        edits += [
            self.tamper,
            self.tamper,
            self.command,
            self.environment,
            self.remove_rule,
            self.rename_output,
            self.add_rule,
        ]
        chosen = self.random.choice(edits)
        self.log.append(f"{chosen.__name__} {chosen()}")
        self.write_dodo()

    def change(self) -> str:
        path = self.random.choice(sorted(self.sources))
        self.old.setdefault(path, []).append(self.sources[path])
        self.put(path, self.text())
        return path

    def same_time(self) -> str:
        path = self.random.choice(sorted(self.sources))
        before = os.stat(self.folder / path)
        self.put(path, self.text())
        os.utime(self.folder / path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return path

    def touch(self) -> str:
        path = self.random.choice(sorted(self.sources))
        os.utime(self.folder / path)
        return path

    def add(self) -> str:
        self.count += 1
        self.put(f"src/n{self.count}.txt", self.text())
        return f"src/n{self.count}.txt"

    def delete(self) -> str:
        path = self._free()
        if path:
            (self.folder / path).unlink()
            del self.sources[path]
        return path

    def rename(self) -> str:
        path = self._free()
        if path:
            self.count += 1
            new = f"src/r{self.count}.txt"
            os.rename(self.folder / path, self.folder / new)
            self.sources[new] = self.sources.pop(path)
        return path

    def _free(self) -> str:
        free = sorted(path for path in self.sources if path not in ("src/s0.txt", "src/s1.txt"))
        return self.random.choice(free) if free else ""

    def revert(self) -> str:
        known = sorted(path for path in self.old if path in self.sources)
        if not known:
            return ""
        path = self.random.choice(known)
        self.put(path, self.old[path][-1])
        return path

    def tamper(self) -> str:
        # Not what a removed rule has left: edited, it is nobody's output any more and rightly stays.
        live = tuple(node.output for node in self.nodes if node.output and not node.is_removed)
        made = sorted(path for path in set(self.actual()) - set(self.sources) if path.startswith(live))
        if not made:
            return ""
        path = self.random.choice(made)
        how = self.random.choice(["junk", "delete", "truncate", "same size", "foreign"])
        file = self.folder / path
        if not file.exists():
            return ""
        if how == "junk":
            file.write_text("junk")
        elif how == "delete":
            file.unlink()
        elif how == "truncate":
            os.truncate(file, 1)
        elif how == "same size":
            before = os.stat(file)
            file.write_text("x" * before.st_size)
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        else:
            trees = [node.output for node in self.nodes if node.kind == "tree" and not node.is_removed]
            if not trees or not (self.folder / trees[0]).is_dir():
                return ""
            path = trees[0] + "foreign.txt"
            (self.folder / path).write_text("foreign")
        self.tampered.add(path)
        return f"{path} ({how})"

    def command(self) -> str:
        node = self.random.choice(self.nodes)
        node.salt += 1
        return node.name

    def environment(self) -> str:
        self.flavour = self.random.choice(["plain", "sweet", "sour"])
        return self.flavour

    def remove_rule(self) -> str:
        """Remove a rule that no other reads; one whose output was tampered with would rightly leave it behind."""
        for node in self.random.sample(self.nodes, len(self.nodes)):
            if not node.is_removed and not self._is_read(node) and self._is_clean(node):
                node.is_removed = True
                return node.name
        return ""

    def add_rule(self) -> str:
        removed = [node for node in self.nodes if node.is_removed]
        if removed and self.random.random() < 0.5:
            removed[0].is_removed = False
            return removed[0].name
        kept = [node for node in self.nodes if not node.is_removed]
        self.nodes, before = kept, self.nodes
        node = self.node(0)
        self.nodes = [*before, node]
        return node.name

    def rename_output(self) -> str:
        for node in self.random.sample(self.nodes, len(self.nodes)):
            plain = node.kind in ("file", "place") and not node.is_removed
            if plain and not self._is_read(node) and self._is_clean(node):
                self.count += 1
                node.output = f"out/o{self.count}"
                return node.name
        return ""

    def _is_read(self, node: Node) -> bool:
        return any(
            node.output and any(path.startswith(node.output) for path in other.inputs)
            for other in self.nodes
            if other is not node
        )

    def _is_clean(self, node: Node) -> bool:
        return not any(
            path == node.output or (node.kind == "tree" and path.startswith(node.output))
            for path in self.tampered
        )

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
