"""A project of many modules and random edits of it, whose whole state is one page: a reload is compared with a cold start."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path

from .harness import ROOT, Served, wait_until

MAIN = """
import hashlib, importlib, os, pathlib, pkgutil, sys
import app
HERE = pathlib.Path(__file__).parent
for found in sorted(pkgutil.iter_modules(app.__path__), key=lambda found: found.name):
    if found.name.startswith("m"):
        importlib.import_module("app." + found.name)
CONFIGURATION = (HERE / "conf.ini").read_text()
STATE = {name: module.VALUE for name, module in sorted(sys.modules.items()) if name.startswith("app.m") and hasattr(module, "VALUE")}

def text():
    return repr((CONFIGURATION, STATE))

def application(environ, start_response):
    body = text().encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""
IMPORTED = re.compile(r"from app\.(m\d+) import")
COLD = "import sys; sys.path.insert(0, '.'); sys.dont_write_bytecode = True; sys.pycache_prefix = '/nonexistent'; from app.main import text; print(text())"


class Project:
    """Modules that import earlier ones, import one another when called, and read files."""

    def __init__(self, folder: Path, count: int, seed: int) -> None:
        self.folder = folder / "app"
        self.folder.mkdir(parents=True)
        self.chance = random.Random(seed)
        self.is_broken = False
        self.names = [f"m{number:03}" for number in range(count)]
        (self.folder / "__init__.py").write_text("")
        (self.folder / "main.py").write_text(MAIN)
        (self.folder / "conf.ini").write_text("0")
        for number in range(count):
            self.save(number)

    def save(self, number: int) -> None:
        """Write a module anew."""
        earlier = [name for name in self.names[:number] if (self.folder / f"{name}.py").exists()]
        imported = self.chance.sample(earlier, min(len(earlier), self.chance.randrange(4)))
        lines = [f"from app.{name} import VALUE as {name}" for name in imported]
        lines.append(
            f"VALUE = hash(({self.chance.randrange(1000)}, {', '.join([*imported, '0'])})) % 1000003"
        )
        (self.folder / f"{self.names[number]}.py").write_text("\n".join(lines) + "\n")

    def edit(self) -> str:
        """Do something at random and return what it was; what is broken is mended more often than not, so that starts are compared."""
        if self.is_broken and self.chance.random() < 0.7:
            return self.mend()
        number = self.chance.randrange(len(self.names))
        path = self.folder / f"{self.names[number]}.py"
        kind = self.chance.choices(
            ("save", "touch", "configure", "new", "delete", "value", "break"), (6, 1, 2, 1, 1, 6, 1)
        )[0]
        if kind == "new" or not path.exists():
            self.names.append(f"m{len(self.names):03}")
            self.save(len(self.names) - 1)
        elif kind == "touch":
            os.utime(path)
        elif kind == "configure":
            (self.folder / "conf.ini").write_text(str(self.chance.randrange(10)))
        elif kind == "delete":
            path.unlink()
        elif kind == "break":
            path.write_text("VALUE = 1 / 0\n")
        elif kind == "value":  # of equal size, within the second
            text = path.read_text()
            path.write_text(text.replace("hash((", f"hash(({self.chance.randrange(10)}, ", 1) if len(text) < 2000 else "VALUE = 1\n")  # fmt: skip
        else:
            self.save(number)
        return f"{kind} {path.name}"

    def mend(self) -> str:
        """Write anew what raises, and what was deleted and is imported."""
        texts = {path: path.read_text() for path in sorted(self.folder.glob("m*.py"))}
        wanted = {name for text in texts.values() for name in IMPORTED.findall(text)}
        for number, name in enumerate(self.names):
            path = self.folder / f"{name}.py"
            if (name in wanted and not path.exists()) or "1 / 0" in texts.get(path, ""):
                self.save(number)
        return "mend all"

    def cold(self) -> tuple[int, str]:
        """Return what a cold start makes of it: status and text."""
        done = subprocess.run(
            [sys.executable, "-c", COLD], cwd=self.folder.parent, capture_output=True, text=True
        )
        self.is_broken = bool(done.returncode)
        if self.is_broken:
            return 500, done.stderr.strip().splitlines()[-1].split(":")[0]
        return 200, done.stdout.strip()


def compare(project: Project, served: Served, edits: int) -> list[str]:
    """Edit at random and wait each time until what is served equals a cold start; return what was done, and the status of each."""
    done = []
    for _ in range(edits):
        if project.chance.randrange(2):  # else who parks copies is met on its way
            served.wait_until_parked()
        done.append(project.edit())
        status, text = project.cold()

        def is_equal(status: int = status, text: str = text) -> bool:
            found = served.get()
            return found.status == status and (found.text == text if status == 200 else text in found.text)

        wait_until(is_equal, f"a cold start's answer after {done[-3:]}")
        done[-1] += f" {status}"
    return done


def serve_project(folder: Path, count: int, seed: int, *options: str) -> tuple[Project, Served]:
    """Make a project and serve it."""
    project = Project(folder, count, seed)
    return project, Served(folder, *options)


__all__ = ["ROOT", "Project", "compare", "serve_project"]
