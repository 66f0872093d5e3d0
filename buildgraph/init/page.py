"""Page: the `dodo.py` for what was found, and in comments what could not be decided, with the choices."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from buildgraph.init import databases
from buildgraph.init.found import Found

START = """
import glob
import os
import sys

try:
    from buildgraph import bootstrap
except ImportError:  # A Python without packages: the library is the wheel next to the locks.
    sys.path += glob.glob(os.path.join(glob.escape(os.path.dirname(os.path.abspath(__file__))), {folder}, "buildgraph-*.whl"))
    from buildgraph import bootstrap

bootstrap.hand_over(__file__, __name__, {lock})  # what follows is run by the Python of the tools environment
"""
VERBS = ("check", "option", "rule", "run", "serve", "service")
SASS = frozenset(("sass-embedded", "sass"))
"""The packages of npm of which the room of the assets takes one, next to esbuild."""


@dataclass(frozen=True)
class Plan:
    """What is decided: the groups of the locks, which packages of npm there are, how the bundler is called."""

    found: Found
    groups: tuple[str, ...]
    is_library: bool
    """True if the groups are those of the project's own pyproject.toml."""
    npm: frozenset[str] = frozenset()
    bundler_words: tuple[str, ...] = ()

    @property
    def has_node(self) -> bool:
        """True if npm's packages can be installed."""
        return "package.json" in self.found.package_json and self.found.npm_lock

    @property
    def front(self) -> str:
        """Return what makes the front end: "assets", "bundler", "" for nothing."""
        if not self.has_node:
            return ""
        if self.found.bundler and self.found.bundler.writes:
            return "bundler"
        is_compiled = "esbuild" in self.npm and not SASS.isdisjoint(self.npm)
        return "assets" if self.found.styles and is_compiled else ""

    @property
    def trees(self) -> list[str]:
        """Return the sources as inputs: folders with their slash, and single modules."""
        found = self.found
        return [_in(found.sources, each) + ("" if each.endswith(".py") else "/") for each in found.packages]


def page(plan: Plan) -> str:
    """Return the text of `dodo.py`."""
    tasks = "\n".join("\n".join(["", *lines, ""]) for lines in _tasks(plan))
    parts = [
        f'"""The build graph of {plan.found.name}: `python3 dodo.py list` prints it."""\n',
        START.format(
            folder=_quoted(plan.found.folder), lock=_quoted(f"{plan.found.folder}/build.txt")
        ).lstrip("\n"),
        *_imports(plan, tasks),
        *_values(plan),
        tasks,
        *_left(plan),
    ]
    return "\n".join(parts).rstrip("\n") + "\n"


def _imports(plan: Plan, tasks: str) -> Iterator[str]:
    verbs = [each for each in VERBS if re.search(rf"\b{each}[(.]", tasks)]
    rooms = ["environment", "locks"] + ["assets"] * (plan.front == "assets") + ["node"] * plan.has_node
    rooms += ["database", "migrations"] * databases.is_written(plan.found)
    if verbs:
        yield f"from buildgraph import {', '.join(verbs)}  # noqa: E402 (needs the tools environment)"
    yield f"from buildgraph.rooms import {', '.join(sorted(rooms))}  # noqa: E402\n"


def _values(plan: Plan) -> Iterator[str]:
    found = plan.found
    more = "" if found.folder == "requirements" else f", folder={_quoted(found.folder)}"
    more += ', libraries=(".",)' if plan.is_library else ""
    defaults = ["locks", "env", *(["node"] if plan.has_node else []), *(["front"] if plan.front else [])]
    yield f'DOIT_CONFIG = {{"default_tasks": {_list(defaults)}}}\n'
    yield f"LOCKS = locks.Locks({_tuple(plan.groups)}, pythons={_tuple(found.pythons)}{more})"
    # Not the whole path: pip takes what follows a blank for another one.
    yield f'WHEELS = {{"PIP_FIND_LINKS": {_quoted(found.folder)}}}  # the library itself'
    without = 'without=["node"]' if plan.has_node else ""
    paths = f", paths=({_quoted(found.sources)},)" if found.sources else ""
    yield f'ENV = environment.Environment(LOCKS.hashed({without}), launchers={{"doit": "dodo.py"}}{paths})'
    if plan.has_node:
        pin = "" if found.folder == "requirements" else f", pin={_quoted(found.folder + '/node.json')}"
        yield f'NODE = node.Node(LOCKS.file("node"){pin})'
        yield 'MODULES = node.Modules(NODE, inputs=("package.json", "package-lock.json"))'
    if plan.front == "assets":
        into = f"{_compiled(found)}/"
        more = f'styles={_tuple(found.styles)}, group="front"'
        yield f"ASSETS = assets.Assets({_quoted(into)}, NODE.program, {more})"
    if databases.is_written(found):
        yield from databases.values(found, plan.npm)
    if served := found.served:
        settings = (
            f'environment={{"DJANGO_SETTINGS_MODULE": {_quoted(served.settings)}}}, '
            if served.settings
            else ""
        )
        module = served.framework.lower() if served.settings else served.name.partition(":")[0]
        yield f"APP = ENV({_quoted(module)}, {settings}network=True)"
        needs = [
            *(databases.needs(found, plan.npm) if databases.is_written(found) else ["env"]),
            *(["front"] if plan.front else []),
        ]
        needs += ["migrate"] if served.settings else []
        yield f"NEEDS = {_list(needs)}"
    yield ""


def _tasks(plan: Plan) -> Iterator[Sequence[str]]:
    if served := plan.found.served:
        yield _serve(plan, served.name)
    if plan.found.tests:
        yield _test(plan)
    yield (
        "def task_made():",
        '    """Pin the requirements, with hashes, in one resolution; make .venv hold exactly that."""',
        f"    yield from locks.tasks(LOCKS, {_upgrade(plan)}environment=WHEELS)",
        "    yield from environment.tasks(ENV)",
    )
    if databases.is_written(plan.found):
        yield databases.task(plan.found, plan.npm)
    if plan.has_node:
        yield (
            "def task_node():",
            '    """Lay out node in .nodeenv and npm\'s packages in node_modules."""',
            "    yield from node.tasks(NODE, MODULES)",
        )
    if plan.front:
        yield _front(plan)
    if plan.found.docs and _docs_tool(plan) in plan.found.wants:
        yield _docs(plan)


def _serve(plan: Plan, name: str) -> Sequence[str]:
    code = (
        [plan.found.sources]
        if plan.found.sources
        else [each for each in plan.found.packages if "." not in each]
    )
    live = f", live={_list(f'{each}/' for each in _written(plan))}" if plan.front else ""
    beside = "DATABASE.beside(SCHEMA.upgrade, command)" if databases.is_written(plan.found) else "command"
    lines = [
        "def task_serve():",
        '    """Serve the application at http://127.0.0.1:8000; follow each change."""',
        '    options = [option("host", "127.0.0.1", "the address to listen at"), option("port", 8000, "the port")]',
        f'    command = serve.command({_quoted(name)}, APP, bind="{{host}}:{{port}}", options=options, code={_list(code)}, tasks=NEEDS{live})',
        f"    return service(needs=NEEDS, command={beside})",
    ]
    if plan.found.served and plan.found.served.settings:
        lines += [
            "\n\ndef task_migrate():",
            '    """Bring the database to the newest migration."""',
            '    return run(needs=["env"], command=APP("migrate", "--no-input"))',
        ]
    return lines


def _upgrade(plan: Plan) -> str:
    """Return how an upgrade of the locks tests itself, if there are tests."""
    command = f"LOCKS.upgrade(ENV.folder, make=ENV.sync, test={_tests(plan)})"
    return f"upgrade={command}, " if plan.found.tests else ""


def _tests(plan: Plan) -> str:
    is_djangos = plan.found.is_django and "pytest" not in plan.found.wants
    return 'APP("test")' if is_djangos else 'ENV("pytest", network=True)'


def _test(plan: Plan) -> Sequence[str]:
    top = [
        each
        for each in ("pyproject.toml", "pytest.ini", "setup.cfg", "conftest.py")
        if each in plan.found.settings
    ]
    own = [f"{each}/" for each in plan.found.tests if not f"{each}/".startswith(tuple(plan.trees))]
    # Applications compile their catalogs when they start, or in their tests: what is read is what people write.
    reads = [*own, *plan.trees, *top, *(["!**/*.mo"] if plan.found.catalogs else [])]
    return (
        "def task_test():",
        '    """Run the tests: `doit test -k name`."""',
        f"    inputs = [ENV.stamp, {', '.join(map(_quoted, reads))}]",
        f"    return check(inputs=inputs, command={_tests(plan)}, arguments=True, foreground=True)",
    )


def _front(plan: Plan) -> Sequence[str]:
    bundler = plan.found.bundler
    if plan.front == "assets" or bundler is None:
        return (
            "def task_front():",
            '    """Compile the style sheets, with hashed names."""',
            "    yield from assets.tasks(ASSETS, inputs=[MODULES.stamp])",
        )
    reads = [bundler.settings, *(f"{each}/" for each in bundler.reads)]
    reads += [
        f"!{each}/" for each in bundler.writes if any(each.startswith(f"{read}/") for read in bundler.reads)
    ]
    words = ["NODE.program", *map(_quoted, [bundler.script, *plan.bundler_words])]
    return (
        "def task_front():",
        f'    """Build the front end with {bundler.name}."""',
        f"    inputs = [MODULES.stamp, {', '.join(map(_quoted, reads))}]",
        f"    return rule(inputs=inputs, outputs={_list(f'{each}/' for each in bundler.writes)}, command=[{', '.join(words)}])",
    )


def _docs_tool(plan: Plan) -> str:
    return "mkdocs" if plan.found.docs.startswith("mkdocs") else "sphinx"


def _docs(plan: Plan) -> Sequence[str]:
    if _docs_tool(plan) == "mkdocs":
        inputs, site = f'[ENV.stamp, {_quoted(plan.found.docs)}, "docs/"]', "site/"
        command = f'ENV("mkdocs", "build", "--quiet", "--site-dir", {_quoted(site)})'
    else:
        folder = os.path.dirname(plan.found.docs)
        site = f"{folder}/_build/html/"
        inputs = f"[ENV.stamp, {_quoted(folder + '/')}, {_quoted('!' + folder + '/_build/')}]"
        command = f'ENV("sphinx", "--quiet", "--doctree-dir=.buildgraph/doctrees", {_quoted(folder)}, {_quoted(site)})'
    return (
        "def task_docs():",
        '    """Build the documentation."""',
        f"    return rule(inputs={inputs}, outputs=[{_quoted(site)}], command={command}, opens={_quoted(site + 'index.html')})",
    )


def _left(plan: Plan) -> Iterator[str]:
    """Yield what is left to the reader, as comments."""
    left = list(_choices(plan))
    if left:
        yield "\n# What `init` could not decide:"
        for each in left:
            yield f"# - {_visible(each)}"


def _choices(plan: Plan) -> Iterator[str]:
    found = plan.found
    yield from found.elsewhere
    if found.served is None:
        yield 'Serve: no application was found. serve.command("module:callable", ENV("module"), bind=…, code=[…]) serves one (WSGI or ASGI).'
    yield from databases.choices(found, plan.npm)
    if found.catalogs:
        yield f"Translations ({found.catalogs}): catalogs.Catalogs(domain=…, locale={_quoted(found.catalogs)}, codes=…, sources=…, python=ENV.python) compiles and updates them."
    if found.package_json and not plan.has_node:
        at_top = "package.json" in found.package_json
        why = (
            "there is no package-lock.json: 'npm install --package-lock-only' writes it"
            if at_top
            else "it is not at the top"
        )
        yield f"{found.package_json[0]}: node is left out, since {why}; then node.Node and node.Modules install it."
    for other in [path for path in found.package_json if path != "package.json"] if plan.has_node else ():
        yield f"{other}: a second one; the room of node installs the one at the top. Join them as npm workspaces, or leave it to its own tool."
    if found.bundler and not plan.front:
        yield f"{found.bundler.settings}: where {found.bundler.name} writes is not said plainly, or npm's packages are not installed here; it is one rule with that folder as its output."
    if found.styles and not found.bundler and not plan.front:
        yield f"{found.styles[0]} and other style sheets: assets.Assets compiles them with npm's `esbuild` and `sass-embedded` (or `sass`), which package.json does not name."
    if found.docs and _docs_tool(plan) not in found.wants:
        yield f"{found.docs}: {_docs_tool(plan)} is in no group of requirements; add it, and a rule that makes the site."
    if found.targets:
        yield f"Makefile ({', '.join(found.targets[:8])}): what is made is a rule(), what is verified a check(), what is done on request a run()."
    if found.services:
        yield f"compose ({', '.join(found.services[:8])}): a task that needs one says so in its command; PostgreSQL can be had from database.Database."


def _written(plan: Plan) -> list[str]:
    bundler = plan.found.bundler
    if plan.front == "bundler" and bundler:
        return list(bundler.writes)
    return [_compiled(plan.found)] if plan.front else []


def _compiled(found: Found) -> str:
    """Return the folder of the compiled style sheets, next to that of their sources."""
    return _in(os.path.dirname(os.path.dirname(found.styles[0])), "dist")


def written_folders(plan: Plan) -> list[str]:
    """Return the folders that the front end and the documentation fill."""
    docs = []
    if plan.found.docs and _docs_tool(plan) in plan.found.wants:
        docs = ["site"] if _docs_tool(plan) == "mkdocs" else [f"{os.path.dirname(plan.found.docs)}/_build"]
    return [*_written(plan), *docs]


def _in(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, words))}]"


def _tuple(words: Iterable[str]) -> str:
    words = tuple(words)
    return f"({', '.join(map(_quoted, words))}{',' * (len(words) == 1)})"


def _visible(text: str) -> str:
    """Return a text in which nothing ends a comment: names of files may have any character."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _quoted(text: str) -> str:
    """Return a text as Python has it, in double quotes."""
    import json

    return json.dumps(text, ensure_ascii=False)
