"""Random graphs, random edits, and what a clean build of them gives.

The commands are shell scripts that hash names and contents of what they read; the model computes the same in Python, so that
the expected state of the checkout is known without building it.

Some worlds have more than plain files: `FEATURES` names what, and BUILDGRAPH_FEATURES restricts it to the ones that it lists.
"""

from __future__ import annotations

import fnmatch
import glob
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
from dataclasses import dataclass, field

TOOL = """#!/bin/sh
salt=$1 out=$2; shift 2
echo half > "$out"
sum=$({ printf '%s\\n' "$salt" "$FLAVOUR"; for f in $*; do case "$f" in $WITHOUT) continue;; esac; [ -e "$f" ] && printf '%s\\n' "$f" && cat "$f"; done; } | md5sum)
printf '%s\\n' "$sum" > "$out"
"""
TREE = """#!/bin/sh
salt=$1 out=$2; shift 2
mkdir -p "$out"
for f in $*; do case "$f" in $WITHOUT) continue;; esac; [ -e "$f" ] && { printf '%s\\n' "$salt" "$f"; cat "$f"; } | md5sum > "$out/${f##*/}"; done; :
"""
MODULE = """import sys
sys.path.insert(0, "lib")
import part
open(sys.argv[2], "w").write(sys.argv[1] + part.X)
"""
FEATURES = {
    "alias": 0.3,  # inputs are named through links to folders, which are led elsewhere
    "brackets": 0.3,  # names with brackets
    "in place": 0.4,  # trees and patterns that no word of the command names
    "asks": 0.3,  # the definitions ask whether a file exists
    "module": 0.2,  # a command imports a module of the checkout
    "excluded": 0.4,  # lists of inputs take something out of their patterns
    "worktree": 0.1,  # the checkout is a worktree of git, and outputs are tracked
}
"""What a world may have beside plain files, and how often it does."""

LOOK = """#!/bin/sh
shift 2
for f in $*; do case "$f" in $WITHOUT) continue;; esac; [ -e "$f" ] && cat "$f"; done; :
"""
KEPT = ("src/s0.txt", "src/s1.txt", "src/[s]0.txt")
"""Sources that are never deleted, so that rules may name them."""


@dataclass
class Node:
    """One rule of a random graph."""

    name: str
    kind: str  # file, place (written in place), tree, tree in place, pattern, module, check
    inputs: list[str]
    salt: int
    output: str
    is_flavoured: bool
    is_asking: bool = False
    is_removed: bool = False
    without: str = ""
    """What its inputs exclude."""

    @property
    def is_tree(self) -> bool:
        return self.kind in ("tree", "tree in place", "pattern")

    @property
    def folder(self) -> str:
        """The folder that a tree or a pattern fills."""
        return self.output.rstrip("*")

    def claims(self, path: str) -> bool:
        """Tell whether the path is what the rule's output stands for."""
        return bool(self.output) and (path.startswith(self.folder) if self.is_tree else path == self.output)

    def source(self, is_cached: bool = False) -> str:
        program = "bin/tree" if self.is_tree else {"check": "bin/look"}.get(self.kind, "bin/tool")
        # Spelled like this the path is not known as the output, so that it is written in place.
        written = {
            "place": self.output.replace("/", "/./"),
            "tree in place": f"{self.folder}.",
            "pattern": f"{self.folder}.",
        }
        salt = (
            f"f'salt-{self.salt}-{{os.path.exists(\"flag\")}}'" if self.is_asking else f"'salt-{self.salt}'"
        )
        words = [written.get(self.kind, self.output or "none"), *map(as_word, self.inputs)]
        start = "'python', 'bin/module.py'" if self.kind == "module" else repr(program)
        inputs = [*self.inputs, f"!{self.without}"] if self.without else self.inputs
        common = f"inputs={inputs!r}, environment={{'WITHOUT': {self.without!r}}}, command=[{start}, {salt}, *{words!r}]"
        common += ", inherit=['FLAVOUR']" if self.is_flavoured else ""
        if self.kind == "check":
            return f"check({common})"
        more = f", may_be_empty=[{self.output!r}]" if self.is_tree else ""
        more += ", cached=True" if is_cached else ""
        return f"rule(outputs=[{self.output!r}], {common}{more})"


def as_word(declared: str) -> str:
    """Return an input as the scripts want it: a pattern, in which a name with brackets is escaped."""
    return declared if "*" in declared else glob.escape(declared)


def git(folder: pathlib.Path, *words: str) -> None:
    """Run git there as somebody without settings."""
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
        cwd=folder,
        env=nobody,
        check=True,
        capture_output=True,
    )


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
    features: frozenset[str] = frozenset()
    links: dict[str, str] = field(default_factory=dict)
    tracked: dict[str, str] = field(default_factory=dict)
    """Path → what git tracks there and no rule makes any more."""
    is_cached: bool = False
    """True if the results of its rules are kept in the store."""

    @classmethod
    def make(cls, folder: pathlib.Path, seed: int, size: int = 6, is_cached: bool = False) -> World:
        world = cls(folder, random.Random(seed), is_cached=is_cached)
        chance = world.random
        wanted = os.environ.get("BUILDGRAPH_FEATURES")
        world.features = frozenset(
            name
            for name, often in FEATURES.items()
            if (chance.random() < often if wanted is None else name in wanted.split(","))
        )
        if "worktree" in world.features:
            world.begin_worktree()
        for name, text in (("tool", TOOL), ("tree", TREE), ("look", LOOK), ("module.py", MODULE)):
            path = folder / "bin" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)
        for number in range(chance.randint(2, 5)):
            world.put(f"src/s{number}.txt", world.text())
        if "brackets" in world.features:
            world.put("src/[s]0.txt", world.text())
            world.put("src/[id].txt", world.text())
        if "alias" in world.features:
            for number in range(3):
                world.put(f"other/s{number}.txt", world.text())
            world.lead("alias", "src")
            world.lead("made", "out")
        if "module" in world.features:
            world.put("lib/part.py", f"X = '{world.text().strip()}'\n")
        for number in range(chance.randint(2, size)):
            world.nodes.append(world.node(number))
        world.write_dodo()
        return world

    def text(self) -> str:
        return f"{self.random.randrange(10**6):06d}\n"

    def node(self, number: int) -> Node:
        chance = self.random
        known = [path for path in self.sources if path in KEPT]
        made = [f"{node.folder}*" if node.is_tree else node.output for node in self.nodes if node.output]
        choices = [*known, *made, "src/*.txt"]
        if "alias" in self.features:
            choices += ["alias/s0.txt", "alias/*.txt"]
            choices += [path.replace("out/", "made/") for path in made if path.startswith("out/")]
        inputs = sorted(set(chance.sample(choices, min(len(choices), chance.randint(1, 3)))))
        kinds = ["file", "file", "file", "place", "tree", "check"]
        kinds += ["tree in place", "pattern", "pattern"] if "in place" in self.features else []
        kinds += ["module"] if "module" in self.features else []
        kind = chance.choice(kinds)
        self.count += 1
        number = self.count
        outputs = {
            "tree": f"tree{number}/",
            "tree in place": f"tree{number}/",
            "pattern": f"pat{number}/*",
            "check": "",
        }
        if kind == "module":
            inputs = ["lib/part.py"]
        is_asking = "asks" in self.features and chance.random() < 0.7
        without = ""
        patterns = [path for path in inputs if "*" in path]
        if "excluded" in self.features and patterns:
            # Never a file that is named as well: that one stays, which the scripts do not know.
            folder = chance.choice(patterns).rpartition("/")[0]
            without = f"{folder}/{chance.choice(('s2*', '*3*', 'n*', 'o1', 's3.txt', '*'))}"
            without = (
                "" if any(fnmatch.fnmatch(path, without) for path in inputs if "*" not in path) else without
            )
        flavour = chance.random() < 0.3
        return Node(
            f"t{number}",
            kind,
            inputs,
            chance.randrange(100),
            outputs.get(kind, f"out/o{number}"),
            flavour,
            is_asking,
            without=without,
        )

    # Files

    def put(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.sources[path] = text

    def lead(self, link: str, folder: str) -> None:
        """Let a link lead to a folder."""
        (self.folder / folder).mkdir(exist_ok=True)
        (self.folder / link).unlink(missing_ok=True)
        (self.folder / link).symlink_to(folder)
        self.links[link] = folder

    def begin_worktree(self) -> None:
        """Make the folder a worktree of a repository beside it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        repository = self.folder.parent / f"{self.folder.name}-repository"
        shutil.rmtree(repository, ignore_errors=True)
        repository.mkdir()
        git(repository, "init", "-q")
        git(repository, "commit", "-q", "--allow-empty", "-m", "empty")
        git(repository, "worktree", "add", "-q", "--force", str(self.folder))

    def write_dodo(self) -> None:
        lines = ["import os", "from buildgraph import check, rule"]
        for node in self.nodes:
            if not node.is_removed:
                lines.append(f"def task_{node.name}():\n    return {node.source(self.is_cached)}")
        text = "\n".join(lines) + "\n"
        if text != self.dodo:
            self.dodo = text
            (self.folder / "dodo.py").write_text(text)

    def environ(self) -> dict[str, str]:
        return {"FLAVOUR": self.flavour}

    # What a clean build gives

    def expected(self) -> dict[str, str]:
        files = {**self.tracked, **self.sources}
        for node in self.nodes:
            if node.is_removed or node.kind == "check":
                continue
            read = [found for pattern in node.inputs for found in self._read(files, pattern)]
            read = [(path, text) for path, text in read if not fnmatch.fnmatch(path, node.without)]
            flavour = self.flavour if node.is_flavoured else ""
            salt = f"salt-{node.salt}" + (f"-{'flag' in self.sources}" if node.is_asking else "")
            if node.kind == "module":
                files[node.output] = salt + files["lib/part.py"][5:-2]
            elif node.is_tree:
                made = {}
                for path, text in read:
                    made[node.folder + os.path.basename(path)] = self._hash(f"{salt}\n{path}\n{text}")
                files |= made
            else:
                data = f"{salt}\n{flavour}\n" + "".join(f"{path}\n{text}" for path, text in read)
                files[node.output] = self._hash(data)
        return files

    def _read(self, files: dict[str, str], declared: str) -> list[tuple[str, str]]:
        """Return the paths, as the command sees them, and the texts of what an input stands for."""
        folder, _, _ = declared.partition("/")
        real = self.links.get(folder, folder)
        pattern = as_word(declared.replace(folder, real, 1))
        matchable = [path for path in files if path.count("/") == declared.count("/")]
        found = sorted(fnmatch.filter(matchable, pattern))
        return [(path.replace(real, folder, 1), files[path]) for path in found]

    @staticmethod
    def _hash(data: str) -> str:
        return hashlib.md5(data.encode()).hexdigest() + "  -\n"

    def actual(self) -> dict[str, str]:
        found = {}
        for here, folders, files in os.walk(self.folder):
            folders[:] = [
                name for name in folders if name not in (".buildgraph", "bin", "__pycache__", ".git")
            ]
            for name in files:
                if name == ".git":
                    continue
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
        edits += [self.same_time] if "module" in self.features else []
        edits += [self.ask, self.ask] if "asks" in self.features else []
        edits += [self.relink] if "alias" in self.features else []
        edits += [self.swap] if "alias" in self.features else []
        edits += [self.track, self.track] if "worktree" in self.features else []
        chosen = self.random.choice(edits)
        self.log.append(f"{chosen.__name__} {chosen()}")
        self.write_dodo()

    def text_for(self, path: str) -> str:
        """Return another text for a source, of the same length."""
        return f"X = '{self.text().strip()}'\n" if path.endswith(".py") else self.text()

    def ask(self) -> str:
        """Let the file of which the definitions ask come or go."""
        if "flag" in self.sources:
            (self.folder / "flag").unlink()
            del self.sources["flag"]
            return "gone"
        self.put("flag", self.text())
        return "there"

    def relink(self) -> str:
        """Let the link to a folder lead to another one."""
        self.lead("alias", "other" if self.links["alias"] == "src" else "src")
        return self.links["alias"]

    def swap(self) -> str:
        """Exchange a file of the two folders, with its time."""
        one, other = self.folder / "src/s0.txt", self.folder / "other/s0.txt"
        os.rename(one, self.folder / "swapped")
        os.rename(other, one)
        os.rename(self.folder / "swapped", other)
        sources = self.sources
        sources["src/s0.txt"], sources["other/s0.txt"] = sources["other/s0.txt"], sources["src/s0.txt"]
        return "s0.txt"

    def track(self) -> str:
        """Let git track an output, and no rule make it any more."""
        for node in self.random.sample(self.nodes, len(self.nodes)):
            plain = node.kind in ("file", "place") and not node.is_removed
            if plain and not self._is_read(node) and self._is_clean(node):
                text = self.actual().get(node.output)
                if text is not None and text == self.expected()[node.output]:
                    git(self.folder, "add", "-f", node.output)
                    self.tracked[node.output] = text
                    node.is_removed = True
                    return node.output
        return ""

    def change(self) -> str:
        path = self.random.choice(sorted(self.sources))
        self.old.setdefault(path, []).append(self.sources[path])
        self.put(path, self.text_for(path))
        return path

    def same_time(self) -> str:
        """Give a source another text of its length and its time; a module rather than another file."""
        path = self.random.choice(
            sorted(path for path in self.sources if path.endswith(".py")) or sorted(self.sources)
        )
        before = os.stat(self.folder / path)
        self.put(path, self.text_for(path))
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
        free = sorted(path for path in self.sources if path.startswith("src/") and path not in KEPT)
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
        live = [node for node in self.nodes if not node.is_removed]
        made = sorted(
            path for path in set(self.actual()) - set(self.sources) if any(node.claims(path) for node in live)
        )
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
        # What git tracks stays people's: a rule for it that is gone before it ran would leave the file to them.
        removed = [node for node in self.nodes if node.is_removed and node.output not in self.tracked]
        if removed and self.random.random() < 0.5:
            removed[0].is_removed = False
            if (
                self.tracked.pop(removed[0].output, None) is not None
            ):  # Otherwise it would stay if the rule went again.
                git(self.folder, "rm", "--cached", "--quiet", "--force", removed[0].output)
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
            node.output
            and any(path.replace("made/", "out/").startswith(node.folder) for path in other.inputs)
            for other in self.nodes
            if other is not node
        )

    def _is_clean(self, node: Node) -> bool:
        return not any(map(node.claims, self.tampered))

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.folder.parent / f"{self.folder.name}-repository", ignore_errors=True)
