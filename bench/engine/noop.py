"""No-op, a touched file, one change and load of N copies (2N files and an aggregate for each thousand), beside ninja, make and stock doit.

    python bench/engine/noop.py [--no-op] [N ...]    (default 20 100 1000 10000; 100000 takes half an hour, its no-op alone ten minutes)

Prints CPU seconds (user and system of the whole process), the median of paired runs: the tools take turns, so
that a busy machine is busy for all.

    no-op        nothing has moved. `certificate` is what a person types, the launcher `doit` that the environment task
                 writes; `floor` is the certificate's check in a Python that is started for nothing else
    touched      a file has another time and the same content: the certificate does not hold, nothing is stale (ninja
                 and make go by times, and run two commands)
    one change   a file has another content: two commands run
    another run  a file was changed and what follows from it made by a command line of its own: for ours the
                 certificate is of another ledger; for the others it is a no-op
    definitions  `dodo.py`, the makefile or `build.ninja` has a comment more: all tasks are defined anew
    load         as for the first time, all up to date: `engine` has no certificate and no stored graph; the others
                 keep nothing between runs, so theirs is their no-op

`engine` is `python -m buildgraph`, without the launcher before it. A count that is given alone is added to the results.
"""

from __future__ import annotations

import json
import os
import pathlib
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
ROUNDS = 7
OURS = ("certificate", "stock")
FOLDER_SIZE = 1000

DODO = """
from buildgraph import rule
N = {count}
def task_copy():
    for i in range(N):
        yield rule(name=str(i), inputs=[f"src/{{i // 1000}}/{{i}}"], outputs=[f"out/{{i // 1000}}/{{i}}"],
                   command=["bin/copy", f"src/{{i // 1000}}/{{i}}", f"out/{{i // 1000}}/{{i}}"])
def task_all():
    for k in range((N + 999) // 1000):
        files = [f"out/{{k}}/{{i}}" for i in range(k * 1000, min(N, k * 1000 + 1000))]
        yield rule(name=str(k), inputs=files, outputs=[f"all/{{k}}"], command=["bin/count", f"all/{{k}}", str(k)])
"""

STOCK = """
DOIT_CONFIG = {{"backend": "json", "dep_file": ".state.json", "verbosity": 0, "reporter": "zero"}}
N = {count}
def task_copy():
    for i in range(N):
        source, target = f"src/{{i // 1000}}/{{i}}", f"out/{{i // 1000}}/{{i}}"
        yield {{"name": str(i), "file_dep": [source], "targets": [target], "actions": [["bin/copy", source, target]]}}
def task_all():
    for k in range((N + 999) // 1000):
        files = [f"out/{{k}}/{{i}}" for i in range(k * 1000, min(N, k * 1000 + 1000))]
        yield {{"name": str(k), "file_dep": files, "targets": [f"all/{{k}}"], "actions": [["bin/count", f"all/{{k}}", str(k)]]}}
"""


def generate(folder: pathlib.Path, count: int) -> None:
    for kind in ("src", "out"):
        for number in range((count + FOLDER_SIZE - 1) // FOLDER_SIZE):
            (folder / kind / str(number)).mkdir(parents=True)
    (folder / "all").mkdir()
    (folder / "bin").mkdir()
    shutil.copy(shutil.which("cp") or "/bin/cp", folder / "bin/copy")
    (folder / "bin/count").write_text('#!/bin/sh\nls "out/$2" | wc -l > "$1"\n')
    (folder / "bin/count").chmod(0o755)
    for i in range(count):
        (folder / "src" / str(i // 1000) / str(i)).write_text(f"{i}\n")


def write_ninja(folder: pathlib.Path, count: int) -> None:
    lines = ["rule copy", "  command = bin/copy $in $out", "rule count", "  command = bin/count $out $k"]
    for i in range(count):
        lines.append(f"build out/{i // 1000}/{i}: copy src/{i // 1000}/{i}")
    for k in range((count + 999) // 1000):
        files = " ".join(f"out/{k}/{i}" for i in range(k * 1000, min(count, k * 1000 + 1000)))
        lines += [f"build all/{k}: count {files}", f"  k = {k}"]
    (folder / "build.ninja").write_text("\n".join(lines) + "\n")


def write_make(folder: pathlib.Path, count: int) -> None:
    groups = range((count + 999) // 1000)
    lines = ["all: " + " ".join(f"all/{k}" for k in groups)]
    for i in range(count):
        path = f"{i // 1000}/{i}"
        lines += [f"out/{path}: src/{path}", f"\tbin/copy src/{path} out/{path}"]
    for k in groups:
        files = " ".join(f"out/{k}/{i}" for i in range(k * 1000, min(count, k * 1000 + 1000)))
        lines += [f"all/{k}: {files}", f"\tbin/count all/{k} {k}"]
    (folder / "Makefile").write_text("\n".join(lines) + "\n")


def measure(words: list[str], folder: pathlib.Path, environ: dict[str, str]) -> tuple[float, float]:
    """Return CPU seconds and peak memory in MiB of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        words, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, errors = process.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"{words} failed: {errors.decode()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1024


class Tool:
    """One contestant in a folder of its own."""

    def __init__(self, name: str, base: pathlib.Path, count: int) -> None:
        self.name = name
        self.folder = base / name
        self.environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # As people have it.
        generate(self.folder, count)
        write = {"ninja": write_ninja, "make": write_make}.get(name)
        if write:
            write(self.folder, count)
        else:
            text = STOCK if name == "stock" else DODO
            (self.folder / "dodo.py").write_text(text.format(count=count))
        if name == "certificate":
            self.add_front_door()

    def add_front_door(self) -> None:
        """Lay out what the bootstrap looks for: this library, a lock, a tools environment (ours), a launcher."""
        from buildgraph import bootstrap
        from buildgraph.rooms.environment import launcher

        del self.environ["PYTHONPATH"]
        dodo = self.folder / "dodo.py"
        dodo.write_text(
            "from buildgraph import bootstrap\nbootstrap.hand_over(__file__, __name__)\n" + dodo.read_text()
        )
        shutil.copytree(
            ROOT / "buildgraph", self.folder / "buildgraph", ignore=shutil.ignore_patterns("__pycache__")
        )
        (self.folder / "requirements").mkdir()
        (self.folder / "requirements/build.txt").write_text("# nothing more\n")
        tools = pathlib.Path(bootstrap.tools_folder(str(self.folder)))
        python = self.folder / ".venv/bin/python"
        for folder in (tools, python):
            folder.parent.mkdir(parents=True)
        tools.symlink_to(sys.prefix)
        python.symlink_to(pathlib.Path(sys.executable).resolve())
        launcher.write(python, "doit", str(dodo))

    def words(self) -> list[str]:
        return {
            "certificate": [".venv/bin/doit"],
            "ninja": ["ninja"],
            "make": ["make", "-rR", "-s"],
            "stock": [sys.executable, "-m", "doit"],
        }[self.name]

    def run(self) -> float:
        return measure(self.words(), self.folder, self.environ)[0]

    def change(self) -> None:
        (self.folder / "src/0/7").write_text(f"{time.time_ns()}\n")

    def touch(self) -> None:
        (self.folder / "src/0/7").touch()

    def comment(self) -> None:
        name = {"ninja": "build.ninja", "make": "Makefile"}.get(self.name, "dodo.py")
        with open(self.folder / name, "a") as file:
            file.write("# a comment more\n")

    def change_and_make(self) -> None:
        self.change()
        measure([*self.words(), "all:0" if self.name in OURS else "all/0"], self.folder, self.environ)

    def floor(self) -> float:
        """Return the CPU seconds of the certificate's check alone."""
        check = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from buildgraph.proof import certificate; "
        check += "sys.exit(certificate.holds([]) is None)"
        return measure([".venv/bin/python", "-I", "-S", "-c", check], self.folder, self.environ)[0]

    def engine(self) -> float:
        """Return the CPU seconds of the engine alone, on the same checkout."""
        from buildgraph.bootstrap import tools_python  # Another Python would store a graph of its own.

        return measure([tools_python(str(self.folder)), "-m", "buildgraph"], self.folder, self.environ)[0]

    def forget(self) -> None:
        """Leave the engine nothing but its ledger."""
        for name in ("certificates", "graphs"):
            shutil.rmtree(self.folder / ".buildgraph" / name, ignore_errors=True)


def contest(count: int, is_no_op_alone: bool = False) -> dict:
    base = pathlib.Path(tempfile.mkdtemp(prefix="bench-engine-"))
    names = [name for name in ("ninja", "make", "certificate", "stock") if name in OURS or shutil.which(name)]
    if is_no_op_alone:
        names = [name for name in names if name in ("ninja", "certificate")]
    tools = [Tool(name, base, count) for name in names]
    ours = next(tool for tool in tools if tool.name == "certificate")
    try:
        result: dict = {"first": {tool.name: round(tool.run(), 3) for tool in tools}}
        for _ in range(2):
            time.sleep(2.1)  # Bytecode that is hardly younger than its source is not believed.
            for tool in tools:
                tool.run()
            ours.change()
            ours.run()
        rounds = [{**{tool.name: tool.run() for tool in tools}, "floor": ours.floor()} for _ in range(ROUNDS)]
        result["no-op"] = summary(rounds)
        if is_no_op_alone:
            return result
        result["touched"] = summary([after(tools, ours, Tool.touch) for _ in range(ROUNDS)])
        result["one change"] = summary([after(tools, ours, Tool.change) for _ in range(ROUNDS)])
        result["another run"] = summary([after(tools, ours, Tool.change_and_make) for _ in range(ROUNDS)])
        ours.comment()
        ours.engine()  # What another interpreter has certified is no evidence for this one.
        result["definitions"] = summary([after_by_engine(tools, ours, Tool.comment) for _ in range(ROUNDS)])
        result["load"] = summary([after_by_engine(tools, ours, Tool.forget) for _ in range(ROUNDS)])
        return result
    finally:
        shutil.rmtree(base)


def after(tools: list[Tool], ours: Tool, edit) -> dict[str, float]:
    """Return the CPU seconds of each tool after an edit, and of the engine after another."""
    for tool in tools:
        edit(tool)
    found = {tool.name: tool.run() for tool in tools}
    edit(ours)
    return found | {"engine": ours.engine()}


def after_by_engine(tools: list[Tool], ours: Tool, edit) -> dict[str, float]:
    """Return the CPU seconds of the engine and of each other tool after an edit."""
    for tool in tools:
        edit(tool)
    return {"engine": ours.engine(), **{tool.name: tool.run() for tool in tools if tool is not ours}}


def summary(rounds: list[dict[str, float]]) -> dict[str, str]:
    found = {}
    for name in rounds[0]:
        seconds = statistics.median(each[name] for each in rounds)
        by = {
            other: statistics.median(each[name] / max(each[other], 1e-3) for each in rounds)
            for other in ("ninja", "stock")
            if other in rounds[0]
        }
        told = ", ".join(f"{ratio:.2f} x {other}" for other, ratio in by.items())
        found[name] = f"{seconds:.3f} s, {told}"
    return found


def main() -> None:
    file = pathlib.Path(__file__).with_suffix(".json")
    results = json.loads(file.read_text()) if file.exists() else {}
    # Not the name of the kernel's build: it says nothing that the machine's kind does not.
    results["machine"] = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    is_no_op_alone = sys.argv[1:2] == ["--no-op"]
    for count in [int(word) for word in sys.argv[1 + is_no_op_alone :]] or [20, 100, 1000, 10000]:
        results[str(count)] = contest(count, is_no_op_alone)
        print(count, json.dumps(results[str(count)], indent=2), flush=True)
        results["load average"] = f"{os.getloadavg()[1]:.1f}"
        file.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
