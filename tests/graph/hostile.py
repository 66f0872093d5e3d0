"""Hostile checkouts: random trees of odd names, links, devices, permissions, git layouts and times, with rules over them.

A world is what a person has written: files, links and rules. `lay` writes it to an empty folder; `plain` makes there what the rules
say, one after the other, with nothing of the engine. What the engine has after any edits must be the same.
"""

from __future__ import annotations

import os
import random
import shutil
import stat
import subprocess
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

TOOL = """
import os, sys
def files(folder, without):
    def is_in(path):
        return path != without and not path.startswith(without + "/")
    seen, found = set(), []
    for here, folders, names in os.walk(folder, followlinks=True):
        if os.path.realpath(here) in seen:
            folders.clear()
            continue
        seen.add(os.path.realpath(here))
        folders[:] = sorted(name for name in folders if name not in ("__pycache__", ".git", ".buildgraph"))
        folders[:] = [name for name in folders if is_in(os.path.join(here, name))]
        found += [os.path.join(here, name) for name in sorted(names)]
    return [path for path in found if is_in(path) and os.path.isfile(path)]
def data(path):
    with open(path, "rb") as file:
        return os.fsencode(os.path.basename(path)) + b"\\n" + file.read() + b"\\n"
def put(path, content):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
def run(kind, salt, place, out, without, *read):
    everything = [path for name in read for path in ([name] if os.path.isfile(name) else files(name, without))]
    content = salt.encode() + b"\\n" + b"".join(map(data, everything))
    if kind == "module":
        sys.path.insert(0, os.path.dirname(read[0]))
        import part
        put(out, (salt + part.X).encode())
    elif kind == "file":
        put(out, content)
    else:
        put(os.path.join(out, "all"), content)
        if kind == "tree":
            for path in everything:
                put(os.path.join(out, os.path.basename(path)), data(path))
        elif everything:
            os.symlink("all", os.path.join(out, "inner"))
            os.symlink(os.path.relpath(everything[0], place), os.path.join(out, "outer"))
if __name__ == "__main__":
    run(*sys.argv[1:])
"""
"""The commands: what they read goes into a file or a tree, by name and content, or into a tree with links."""

NAMES = (
    *(
        "[id].js",
        "[[...all]].js",
        "a b",
        "ä✓",
        "-x",
        "a'b\"c",
        "a\nb",
        "$HOME;ls",
        "%(x)s",
        "{x}",
        "{root}",
        "\udcff",
    ),
    *(
        "*",
        "what?",
        "a*b",
        "#x",
        "~",
        "x.pyc",
        "a=b",
        "--o=x",
        ".hidden",
        "..x",
        "x..",
        "x" * 200,
        "plain",
        "plain.txt",
    ),
    *(
        unicodedata.normalize("NFD", "é"),
        unicodedata.normalize("NFC", "é"),
        "PLAIN",
        "con",
        " ",
        "\t",
        "a\\b",
    ),
)
TIMES = (0, 1, 10**9, 315532800 * 10**9, 1_600_000_000 * 10**9 + 5, 4_102_444_800 * 10**9)
"""Modification times in nanoseconds: the epoch, a whole second, the earliest of a zip archive, a fraction, the year 2100."""
LAYOUTS = ("none", "none", "repository", "worktree", "subfolder", "index 4")
KINDS = ("file", "file", "file in place", "tree", "tree in place", "pattern", "link", "module")


@dataclass
class Rule:
    """One rule: what it makes, and which paths it reads, a folder with its slash."""

    name: str
    kind: str
    out: str
    reads: list[str]
    salt: int
    is_asking: bool
    without: str = "?/"
    """What its folders exclude: a file, a folder, or a link to one."""

    @property
    def made(self) -> str:
        """What its command makes: file, tree, link or module."""
        return "tree" if self.kind == "pattern" else self.kind.split()[0]

    def source(self) -> str:
        folder, name = os.path.split(self.out)
        # A word that names the output is staged: one in place is spelled otherwise.
        spelled = {
            "file in place": f"{folder}/./{name}",
            "tree in place": f"{self.out}/.",
            "pattern": f"{self.out}/.",
        }
        output = f"T({self.out + '/' if self.made in ('tree', 'link') else self.out!r})"
        output = f"glob(G({self.out!r}) + '/**')" if self.kind == "pattern" else output
        salt = f"f'{self.salt} {{Path(\"flag\").exists()}}'" if self.is_asking else f"'{self.salt}'"
        words = [
            f"{self.out}/.",
            spelled.get(self.kind, self.out),
            self.without,
            *(path.rstrip("/") for path in self.reads),
        ]
        inputs = f"[T(path) for path in {self.reads!r}]"
        inputs += f" + [glob('!' + G({self.without!r}))]" if self.without != "?/" else ""
        return (
            f"def task_{self.name}(): return rule(inputs={inputs}, outputs=[{output}], "
            f"may_be_empty=[{output}], command=['python', '-I', '-S', 'tool.py', {self.made!r}, {salt}, *{words!r}])\n"
        )


HEAD = """from pathlib import Path
from glob import escape as G
from buildgraph import glob, rule
def T(path):
    if "*" not in path and "?" not in path:
        return path
    return glob(G(path[:-1]) + "/**") if path.endswith("/") else Path(path)
"""


@dataclass
class World:
    """What a person has written."""

    random: random.Random
    files: dict[str, tuple[bytes, int, int | None]] = field(default_factory=dict)
    """Path → content, mode, time."""
    links: dict[str, str] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    far: dict[str, bool] = field(default_factory=dict)
    """Folders that are links to another file system."""
    layout: str = "none"
    log: list[str] = field(default_factory=list)

    @classmethod
    def make(cls, seed: int) -> World:
        world = cls(random.Random(seed))
        chance = world.random
        world.layout = chance.choice(LAYOUTS)
        for folder in ("src", "src/" + chance.choice(NAMES), "lib"):
            for name in chance.sample(NAMES, chance.randint(1, 3)):
                world.put(f"{folder}/{name}")
        world.files["code/part.py"] = (b"X = '%06d'\n" % chance.randrange(10**6), 0o644, None)
        if chance.random() < 0.5:
            world.links["src/far"] = "../lib"
        if chance.random() < 0.3:
            world.links["alias"] = "src"
        if chance.random() < 0.2:
            world.links["src/loop"] = "."
        if chance.random() < 0.2 and os.path.isdir("/dev/shm"):
            world.far["made"] = True
        for number in range(chance.randint(2, 5)):
            world.add_rule(f"t{number}")
        return world

    def text(self) -> bytes:
        return b"%06d" % self.random.randrange(10**6)

    def put(self, path: str) -> None:
        """Write a file, unless something is in its way."""
        above = [path[:place] for place, mark in enumerate(path) if mark == "/"]
        is_folder = any(other.startswith(path + "/") for other in (*self.files, *self.links))
        if (
            is_folder
            or any(folder in self.files or folder in self.links for folder in above)
            or path in self.links
        ):
            return
        mode, moment = (
            self.random.choice((0o644, 0o644, 0o755, 0o400)),
            self.random.choice((None, None, *TIMES)),
        )
        self.files[path] = (self.text(), mode, moment)

    def add_rule(self, name: str) -> None:
        chance, kind = self.random, self.random.choice(KINDS)
        place = chance.choice(("made", "out", "out/deep"))
        out = f"{place}/{name}{chance.choice(('', '', '[x]', ' y', '=z'))}"
        choices = [path for path in (*self.files, *self.far_sources()) if path.startswith(("src/", "lib/"))]
        choices += ["src/", "lib/"]
        if "alias" in self.links:
            choices += [f"alias/{path[4:]}" for path in self.files if path.startswith("src/")] + ["alias/"]
        for rule in self.rules:
            choices += [rule.out] if rule.kind.startswith(("file", "module")) else [f"{rule.out}/"]
        reads = (
            ["code/part.py"]
            if kind == "module"
            else chance.sample(choices, min(len(choices), chance.randint(1, 3)))
        )
        self.rules.append(Rule(name, kind, out, reads, chance.randrange(100), chance.random() < 0.3))
        inside = [
            path
            for path in sorted(choices)
            for read in reads
            if read[-1] == "/" and path.startswith(read) and path != read
        ]
        inside += [path for path in self.links for read in reads if read[-1] == "/" and path.startswith(read)]
        if inside and chance.random() < 0.5:
            self.rules[-1].without = chance.choice(inside).rstrip("/")

    def far_sources(self) -> Iterator[str]:
        if "src/far" in self.links:
            folder = os.path.normpath(os.path.join("src", self.links["src/far"]))
            yield from (
                f"src/far/{path[len(folder) + 1 :]}" for path in self.files if path.startswith(folder + "/")
            )

    # On disk

    def lay(self, root: Path, far: Path) -> None:
        """Write everything to a folder in which perhaps an earlier state of it is."""
        if self.links.get("lib") == "moved" and (root / "lib").is_dir() and not (root / "lib").is_symlink():
            (root / "lib").rename(root / "moved")
        elif "lib" not in self.links and (root / "lib").is_symlink():
            (root / "lib").unlink()
            (root / "moved").rename(root / "lib")
        wanted = {*self.files, *self.links, *self.far}
        for path in _sources(root):
            if path not in wanted:
                os.unlink(root / path)
        for path, (content, mode, moment) in self.files.items():
            _write(root / path, content, mode, moment)
        for path, target in (*self.links.items(), *((path, str(far)) for path in self.far)):
            _link(root / path, target)
        _write(root / "tool.py", TOOL.encode(), 0o644, 10**18)
        rules = self.rules[:: self.random.choice((1, -1))]
        _write(root / "dodo.py", (HEAD + "".join(rule.source() for rule in rules)).encode(), 0o644, None)

    def plain(self, root: Path) -> None:
        """Make there what the rules say, each in a folder that has nothing of it."""
        scope: dict = {"__name__": "plain"}
        exec(TOOL, scope)
        here = os.getcwd()
        os.chdir(root)
        try:
            for rule in self.rules:
                salt = f"{rule.salt} {'flag' in self.files}" if rule.is_asking else f"{rule.salt}"
                if rule.made == "module":  # A module is imported once by a process.
                    scope["put"](rule.out, salt.encode() + self.files["code/part.py"][0][5:-2])
                    continue
                reads = [path.rstrip("/") for path in rule.reads]
                scope["run"](rule.made, salt, f"{rule.out}/.", rule.out, rule.without, *reads)
        finally:
            os.chdir(here)

    # Edits

    def edit(self) -> None:
        chance = self.random
        path = chance.choice(sorted(self.files))
        how = chance.choice(
            (
                "change",
                "same",
                "same",
                "time",
                "mode",
                "swap",
                "add",
                "delete",
                "flag",
                "relink",
                "refold",
                "salt",
                "unrule",
            )
        )
        content, mode, moment = self.files[path]
        new = b"X = '%s'\n" % self.text() if path.endswith(".py") else self.text()
        if how == "change":
            self.files[path] = (new if path.endswith(".py") else content + new, mode, moment)
        elif how == "same":  # Equal size and, as it is kept, equal time.
            self.files[path] = (new, mode, moment)
        elif how == "time":
            self.files[path] = (content, mode, chance.choice(TIMES))
        elif how == "mode":
            self.files[path] = (content, mode ^ 0o100, moment)
        elif how == "swap":
            other = chance.choice(sorted(self.files))
            if path.endswith(".py") == other.endswith(".py"):
                self.files[path], self.files[other] = self.files[other], self.files[path]
        elif how == "add":
            self.put(f"{chance.choice(('src', 'lib'))}/{chance.choice(NAMES)}")
        elif how == "delete" and not self.is_read(path):
            del self.files[path]
        elif how == "flag":
            if "flag" in self.files:
                del self.files["flag"]
            else:
                self.files["flag"] = (b"", 0o644, None)
        elif how == "relink" and "alias" in self.links:
            wanted = {read[6:] for rule in self.rules for read in rule.reads if read.startswith("alias/")} - {
                ""
            }
            if all(f"lib/{name}" in self.files for name in wanted):
                self.links["alias"] = "lib" if self.links["alias"] == "src" else "src"
        elif how == "refold":
            self.refold()
        elif how == "salt" and self.rules:
            chance.choice(self.rules).salt += 1
        elif how == "unrule":
            free = [
                rule
                for rule in self.rules
                if not any(read.rstrip("/") == rule.out for other in self.rules for read in other.reads)
            ]
            if free:
                self.rules.remove(chance.choice(free))
        self.log.append(f"{how} {path!r}")

    def refold(self) -> None:
        """Let a folder become a link to where it has moved, or come back."""
        if self.links.get("lib") == "moved":
            del self.links["lib"]
            self.files = {
                ("lib" + path[5:] if path.startswith("moved/") else path): value
                for path, value in self.files.items()
            }
        elif "lib" not in self.links and self.links.get("alias") != "lib" and "src/far" not in self.links:
            self.files = {
                ("moved" + path[3:] if path.startswith("lib/") else path): value
                for path, value in self.files.items()
            }
            self.links["lib"] = "moved"

    def is_read(self, path: str) -> bool:
        names = {
            path,
            path.replace("moved/", "lib/", 1),
            path.replace("src/", "alias/", 1),
            path.replace("lib/", "src/far/", 1),
        }
        names |= {path.replace("lib/", "alias/", 1)}
        return path == "code/part.py" or any(read in names for rule in self.rules for read in rule.reads)


def _sources(root: Path) -> list[str]:
    """Return the files and links outside of what rules make."""
    found = []
    for here, folders, names in os.walk(root):
        inside = os.path.relpath(here, root)
        links = [name for name in folders if os.path.islink(os.path.join(here, name))]
        found += [os.path.normpath(os.path.join(inside, name)) for name in (*names, *links)]
        folders[:] = [name for name in folders if name not in ("__pycache__", ".git", ".buildgraph")]
        if inside == ".":
            folders[:] = [name for name in folders if name not in ("out", "made")]
    return [path for path in found if path not in (".git", "dodo.py", "tool.py", "out", "made")]


def _write(path: Path, content: bytes, mode: int, moment: int | None) -> None:
    """Write a file that is not as it should be; without a time, one of equal size gets the time of what was there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    with suppress(OSError):
        before = path.lstat()
        is_same = stat.S_ISREG(before.st_mode) and path.read_bytes() == content
        if is_same and stat.S_IMODE(before.st_mode) == mode and moment in (None, before.st_mtime_ns):
            return
        if not is_same and moment is None and len(content) == before.st_size:
            moment = before.st_mtime_ns
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    if moment is not None:
        os.utime(path, ns=(moment, moment))


def _link(path: Path, target: str) -> None:
    if path.is_symlink() and os.readlink(path) == target:
        return
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def made(root: Path) -> dict[str, object]:
    """Return everything below the folders that rules fill: path → content, or where a link leads."""
    found: dict[str, object] = {}
    for top in ("out", "made"):
        for here, folders, names in os.walk(root / top, followlinks=False):
            for name in (*names, *(each for each in folders if os.path.islink(os.path.join(here, each)))):
                path = os.path.join(here, name)
                value = f"link {os.readlink(path)}" if os.path.islink(path) else Path(path).read_bytes()
                found[os.path.join(top, os.path.relpath(path, root / top))] = value
    return found


def begin_git(layout: str, top: Path) -> Path:
    """Make the checkout's folder in that layout of git below `top`, and return it."""
    checkout = top / ("repository/checkout" if layout == "subfolder" else "checkout")
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}

    def git(folder: Path, *words: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
            cwd=folder,
            env=nobody,
            check=True,
            capture_output=True,
        )

    if layout in ("repository", "index 4"):
        git(checkout, "init", "-q")
        if layout == "index 4":
            git(checkout, "config", "index.version", "4")
    elif layout == "subfolder":
        git(checkout.parent, "init", "-q")
    elif layout == "worktree":
        git(top / "main", "init", "-q")
        git(top / "main", "commit", "-q", "--allow-empty", "-m", "x")
        git(top / "main", "worktree", "add", "-q", str(checkout))
    checkout.mkdir(parents=True, exist_ok=True)
    return checkout
