"""The build graph of Warehouse: `doit list` prints it, docs/ explains it.

A task names what it reads (`inputs`), what it makes (`outputs`), and the command between. What else a command
needs (tools, network, environment, options) comes with the command, from its room in buildgraph/rooms/.
"""

from buildgraph import bootstrap

bootstrap.hand_over(__file__, __name__)  # what follows is run by the Python of the tools environment

from buildgraph import check, members, option, rule, run, runs, serve, service  # noqa: E402 (needs the tools environment)
from buildgraph.impact.explained import EXPLAINED  # noqa: E402
from buildgraph.rooms import assets, catalogs, database, environment, locks, migrations, node  # noqa: E402

DOIT_CONFIG = {"default_tasks": ["locks", "owners", "env", "node", "assets", "docs"]}

# The parts: each names its files and holds its commands.
# `ENV("MODULE", …)` runs what is installed, `ENV.python` is its interpreter.

GROUPS = ("main", "deploy", "internal", "dev", "tests", "clients", "lint", "docs", "build", "node")
# What lies in services/ and libs/; the rules for imports are for these two as well.
MEMBERS = members.find(services=["warehouse"], libraries=["buildgraph"])
LOCKS = locks.Locks(GROUPS, pythons=("3.11", "3.12", "3.13", "3.14"), members=MEMBERS.folders)
ENV = environment.Environment(
    LOCKS.hashed(without=["node", "clients"]), launchers={"doit": "dodo.py"}, paths=MEMBERS.paths
)
SERVICES = members.Services(MEMBERS, serve.command, ENV, ground=(ENV.stamp,))
CLIENTS = environment.Environment((LOCKS.file("clients"),), folder=".clients")
NODE = node.Node(lock=LOCKS.file("node"))  # pinned with a hash, as a package is
MODULES = node.Modules(NODE)
DATABASE = database.Database("warehouse")  # a server of its own, out of a package of npm
SCHEMA = migrations.Migrations(ENV.python)
CATALOGS = catalogs.Catalogs(
    domain="warehouse",
    locale="warehouse/locale",
    codes=("en", "de", "he", "pl"),
    sources={  # in the patterns of Babel, not in those of the graph
        "jinja2.ext.babel_extract": "warehouse/**.jinja2",
        "python": "warehouse/**.py",
        "javascript": "static/**.js",
    },
    scripts=".buildgraph/catalogs/",
    python=ENV.python,
)
ASSETS = assets.Assets(
    into="warehouse/static/dist/",
    node=NODE.program,
    styles=("static/sass/warehouse.scss", "static/sass/print.scss"),
    scripts=("static/js/theme.js", "static/js/warehouse.js"),
    linked={"static/js/warehouse.js": CATALOGS.messages},  # a script for each language
    images={"images": "static/images/"},
    copied={"fonts": "static/fonts/"},
    released="warehouse/static/release/",
)
CHECKS = assets.Checks(
    NODE.program,
    scripts=("static/js/", "tests/frontend/"),
    styles=("static/sass/",),
    tests=("tests/frontend/",),
    rules={"scripts": ("eslint.config.mjs",), "styles": (".stylelintrc.json",)},
)
BUNDLE = members.Bundle(  # with what a release has; `warehouse.pex serve` is `python -m warehouse serve`
    "warehouse",
    locks=(LOCKS.file("main"), LOCKS.file("deploy")),
    module="warehouse",
    contents=("warehouse/**/*.py", "warehouse/templates/", "warehouse/migrations/queue/", *CATALOGS.binaries),
    placed={ASSETS.released: ASSETS.into},
)
HTML = "docs/_build/html/"

# The programs, with what each of them needs wherever it is used.

SETTINGS = ["SECRET", "MODE", "PYTHON", "SITE", "PROXIES", "FORWARDED", "CDN", "CDN_TOKEN", "ASSETS"]
SETTINGS += ["CAMO", "CAMO_KEY", "INSPECTOR"]  # the services that it leads to
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}  # the database asks for no password
UPLOADS = {"WAREHOUSE_FILES": ".buildgraph/services/files"}
TOLD = {"environment": UPLOADS, "inherit": [f"WAREHOUSE_{name}" for name in SETTINGS], "network": True}
APP, INTERNAL = ENV("warehouse", **TOLD), ENV("internal", **TOLD)
IMPACT = ("-p", "buildgraph.impact", "--impact", "--impact-isolation=test")  # exact from the first run on
PYTEST = ENV("pytest", *IMPACT, "--numprocesses=auto", network=True, foreground=True)
SUITE = DATABASE.for_tests(PYTEST)  # with a server that is thrown away
COVERED = ENV("coverage", "report")
COMMANDS = "warehouse/cli/*,warehouse/samples/*,warehouse/__main__.py"  # never imported by what is served

# The sources, as patterns: what is checked, and what tests also read.

CODE = ("buildgraph", "warehouse", "internal", "tests", "bench")
SOURCES = ("dodo.py", *CODE, "docs")
TYPED = ("pyproject.toml", "dodo.py", "buildgraph/**/*.py", "warehouse/**/*.py", *MEMBERS.code)
STYLE = ("pyproject.toml", "dodo.py", "docs/*.py", *(f"{folder}/**/*.py" for folder in CODE))
PAGES = tuple(f"docs/{folder}*.md" for folder in ("", "commands/", "decisions/", "design/", "manual/"))
# One by one: a pattern such as "*.md" would have the tests wait for every task that makes something in the top folder.
TOP = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "package.json", "package-lock.json", "compose.yaml")
TEXTS = (*TOP, *PAGES, "static/", "buildgraph/**/*.mjs", "tests/**/*.mjs")
TEXTS += ("docs/pictures/", "warehouse/templates/", "warehouse/locale/**/*.po", "warehouse/migrations/queue/")
BUILT = (ENV.stamp, DATABASE.stamp, *ASSETS.outputs, *CATALOGS.binaries)
NOT_MADE = tuple(
    f"!{folder}" for folder in (ASSETS.into, ASSETS.released)
)  # no Python is made there: `lint` need not wait
TESTED = (*BUILT, *LOCKS.all, NODE.pin, *STYLE, *TEXTS, *MEMBERS.code, *MEMBERS.tests, f"!{ASSETS.released}")

# What `doit serve` prints when the application first answers.

BANNER = {
    "mailbox": "/_mail/",
    "sample data": "'doit db:sample', in another terminal",
    "doit": "'source .venv/bin/activate' brings it onto the path; 'python3 dodo.py' is the same command",
}
# What the page of an error says to do about it, by its class.
AHEAD = "Are the models ahead of the tables? 'doit db:revision -m \"what changed\"' writes a migration, and 'doit db' applies it."
HINTS = {"UndefinedColumn": AHEAD, "UndefinedTable": AHEAD}

# Serve and test


def task_serve():
    """Serve the application at http://127.0.0.1:8000; follow each change."""
    host, port = option("host", "127.0.0.1", "the address to listen at"), option("port", 8000, "the port")
    cold = option("cold", False, "start from nothing with each change")
    needs = ["env", "assets", "catalogs", "db:server"]
    supervisor = serve.command(
        "warehouse.wsgi:application()",
        APP,
        bind="{host}:{port}",
        options=[host, port, cold],
        code=["warehouse", *(library.path for library in MEMBERS.libraries)],
        tasks=needs,
        asked={"warehouse/migrations": ["db", "--services={services}"]},  # an edit there runs this task
        live=[ASSETS.into],  # the application reads these again itself
        ground=[ENV.stamp, DATABASE.tables, *CATALOGS.binaries],  # a change of these starts it again
        beside={"worker": APP("worker", "--until-closed")},
        banner=BANNER,
        hints=HINTS,
        apart=SERVICES.commands,
        told=MEMBERS.addresses,
    )
    command = DATABASE.beside(SCHEMA.upgrade, supervisor, selectable=True)
    return service(needs=needs, command=command, topic="Serve and test")


def task_test():
    """Run the tests that a change can affect: `doit test -k name -x`."""
    return check(inputs=TESTED, command=SUITE, arguments=True, explains=EXPLAINED, topic="Serve and test")


def task_coverage():
    """Fail if the application's tests leave out one of its branches."""
    # Of two isolations the last one counts: for many tests, a process for each file costs less than one for each test.
    tests = PYTEST("--impact-isolation=auto", "--impact-coverage=.buildgraph/coverage", "tests/warehouse")
    served = COVERED("--fail-under=100", f"--omit={COMMANDS},internal/*")
    commands = COVERED("--fail-under=100", f"--include={COMMANDS}")
    command = DATABASE.for_tests(tests, served, commands, COVERED("--fail-under=80", "--include=internal/*"))
    return check(inputs=TESTED, command=command, topic="Serve and test")


# Make


def task_env():
    """Make .venv hold exactly what the locks say."""
    return rule(inputs=ENV.files, outputs=ENV.outputs, command=ENV.sync)


def task_node():
    """Lay out node in .nodeenv and npm's packages in node_modules."""
    yield rule(name="runtime", inputs=NODE.inputs, outputs=NODE.outputs, command=NODE.install)
    inputs = [NODE.stamp, *MODULES.inputs]
    yield rule(name="modules", inputs=inputs, outputs=MODULES.outputs, command=MODULES.install)


def task_assets():
    """Compile static/ into warehouse/static/dist/, with hashed names."""
    for step in ASSETS.steps:
        yield rule(name=step.name, **step.said([MODULES.stamp]))


def task_assets_release():
    """Compile static/ for production, with compressed files."""
    yield rule(basename="assets:release", **ASSETS.release.said())
    for step in ASSETS.compressing:
        yield rule(basename=ASSETS.encoded_group, name=step.name, **step.said())


def task_catalogs():
    """Compile the languages' catalogs, for pages and their scripts."""
    for language in CATALOGS:
        inputs = [ENV.stamp, language.source]
        yield rule(name=language.code, inputs=inputs, outputs=language.outputs, command=language.compile)


def task_docs():
    """Build the documentation; a warning is an error."""
    strict = ["--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"]
    sphinx = ENV("sphinx", *strict, "--builder=html", "--doctree-dir=.buildgraph/doctrees", "docs", HTML)
    inputs = [ENV.stamp, "docs/conf.py", "docs/pictures/", *PAGES]
    first_page = f"{HTML}index.html"  # named at the end of a run
    return rule(inputs=inputs, outputs=[HTML], command=sphinx, opens=first_page)


def task_library():
    """Give the library what a repository elsewhere begins with."""
    seeds, into = ("requirements/build.in", LOCKS.file("build"), NODE.pin), "buildgraph/init/"
    copies = [
        into + seed.removeprefix("requirements/") for seed in seeds
    ]  # what `init` begins with elsewhere
    yield rule(
        name="seeds",
        inputs=seeds,
        outputs=copies,
        command=["python", "-m", "buildgraph.init.seeds", *seeds, *copies],
    )


def task_wheel():
    """Build the members' wheels and sdists, the same bytes everywhere."""
    yield from members.wheels(MEMBERS, ENV.python, [ENV.stamp], LOCKS.file, LOCKS.pythons)


def task_bundle():
    """Make one file of each service, which only needs Python."""
    yield from members.bundles(MEMBERS, ENV.python, [ENV.stamp], LOCKS.file, [BUNDLE])


def task_repairs():
    """Repair what a build takes for granted, and write what it only reads."""
    yield from runs(needs=["env"], commands={"env:repair": ENV.repair, "catalogs:update": CATALOGS.update})
    pictures = ENV("docs.pictures", doc="Take the pictures of the documentation anew; needs a Chromium.")
    yield from runs(needs=["env", "node"], commands={"docs:pictures": pictures})
    yield from runs(needs=["node"], commands={"node:repair": MODULES.repair})
    yield from runs(needs=["node:runtime"], commands={"node:lock": NODE.relock})
    yield from runs(needs=[], commands={"node:pin": NODE.repin})


# Check and change


def task_lint():
    """Check style, formatting, known mistakes and types."""
    ruff, quiet = ENV("ruff"), ("--quiet", "--no-cache")
    rules, format = ruff("check", *quiet), ruff("format", "--check", *quiet)
    packages = ("dodo.py", "buildgraph", "warehouse", *MEMBERS.paths)
    types = ENV("mypy", "--no-error-summary", *packages, doc="Check the types.")
    read, doc = [ENV.stamp, *STYLE, *NOT_MADE], "Check for known mistakes."
    yield check(name="rules", inputs=read, command=rules(*SOURCES), doc=doc)
    yield check(name="format", inputs=read, command=format(*SOURCES), doc="Check the formatting.")
    yield check(name="types", inputs=[ENV.stamp, *TYPED, *NOT_MADE], command=types)
    yield from members.lints(MEMBERS, ENV.python, [rules, format], [ENV.stamp, "pyproject.toml"], NOT_MADE)
    yield from members.deployments(MEMBERS, ENV.python, [ENV.stamp], LOCKS.file, [BUNDLE])


def task_members():
    """List the members; make, test, serve and publish them."""
    tests = ENV("pytest", "-q", "-p", "no:cacheprovider")
    yield from members.tasks(MEMBERS, tests, [ENV.stamp, "pyproject.toml"])
    yield from SERVICES.tasks(["env", "db:server"], around=DATABASE.beside)
    yield from members.releases(MEMBERS, ENV.python, tests, LOCKS.file, LOCKS.pythons)


def task_frontend():
    """Check scripts, sheets and source maps; run scripts' unit tests."""
    for step in CHECKS.steps:
        yield check(name=step.name, **step.said([MODULES.stamp]))
    yield check(name="maps", inputs=ASSETS.outputs, command=ASSETS.check_maps)


def task_clients():
    """Have other people's clients use it: pip, uv, twine, poetry, …"""
    tests = PYTEST("--plain", "tests/e2e/application/test_clients.py", doc="Run the tests of the clients.")
    install = CLIENTS.sync(doc="Install the clients.")
    yield check(name="use", inputs=[*TESTED, CLIENTS.stamp], command=DATABASE.for_tests(tests))
    yield rule(name="env", inputs=CLIENTS.files, outputs=CLIENTS.outputs, command=install)


def task_ci():
    """Check what a change must not break, besides tests and coverage."""
    # A group, in doit's own words: it does nothing but gather.
    checks = ["lint", "frontend", "locks:check", "db:check", "assets:release", "docs", "clients:use"]
    return {"actions": None, "task_dep": [*MEMBERS.checks, *checks]}


def task_reformat():
    """Rewrite all Python files in the one style."""
    return run(needs=["env"], command=ENV("ruff", "format", "--no-cache", *SOURCES))


# Database: what is at which revision is asked of the database itself, every time.


def task_db():
    """Make the development database; bring it to the newest revision."""
    command = DATABASE.beside(SCHEMA.upgrade, selectable=True)
    return run(needs=["env", "db:server"], command=command, topic="Database")


def task_manage():
    """Run a command of the application: `doit manage token create NAME`."""
    return run(needs=["env", "db"], command=DATABASE.beside(APP), arguments=True, topic="Database")


def task_internal():
    """Run a command of internal/, or list them: `doit internal NAME`."""
    return run(needs=["env", "db"], command=DATABASE.beside(INTERNAL), arguments=True, topic="Database")


def task_shell():
    """Open a Python prompt with the database running."""
    prompt = ENV("IPython", environment=UPLOADS)
    return run(needs=["env", "db"], command=DATABASE.beside(prompt), topic="Database")


def task_db_commands():
    """The single steps and the other commands of the database."""
    inputs = [MODULES.stamp, *DATABASE.inputs]
    yield rule(basename="db:server", inputs=inputs, outputs=[DATABASE.stamp], command=DATABASE.install)
    inputs, differ = [ENV.stamp, DATABASE.stamp], DATABASE.beside(SCHEMA.check)
    yield check(
        basename="db:check", inputs=inputs, command=differ, always=True
    )  # a database says nothing of its age
    steps = {
        "db:create": DATABASE.create,
        "db:reset": DATABASE.reset,
        "db:upgrade": DATABASE.beside(SCHEMA.upgrade(doc="The same as `doit db`.")),
        "db:revision": DATABASE.beside(SCHEMA.revise),
        "db:downgrade": DATABASE.beside(SCHEMA.downgrade),
    }
    yield from runs(needs=["env", "db:server"], commands=steps)
    filled = {
        "db:shell": DATABASE.beside(ENV("pgcli.main", environment=NO_KEYRING, doc="Open an SQL prompt.")),
        "db:sample": DATABASE.beside(APP("sample-data", doc="Fill the database with made-up projects.")),
        "db:classifiers": DATABASE.beside(
            APP("classifiers", "sync", doc="Load the known classifiers into it.")
        ),
    }
    yield from runs(needs=["db"], commands=filled)


# Locks


def task_locks():
    """Pin requirements/*.in, with hashes, in one resolution."""
    return rule(inputs=LOCKS.sources, outputs=LOCKS.files, command=LOCKS.compile, topic="Locks")


def task_upgrade():
    """Upgrade the locks, all or by name: `doit upgrade requests --test`."""
    command = LOCKS.upgrade(ENV.folder, make=ENV.sync, test=SUITE)
    return run(needs=["locks"], command=command, topic="Locks")


def task_locks_checks():
    """Verify the locks: what they judge they read as it is, before anything makes it anew."""
    yield from runs(needs=[], commands={"locks:adopt": LOCKS.adopt})
    yield check(basename="locks:check", judges=LOCKS.all, command=LOCKS.check)
    # These two ask registries, so they run every time.
    yield check(basename="locks:verify", judges=LOCKS.all, command=LOCKS.verify, always=True)
    yield check(basename="locks:oracle", judges=LOCKS.all, command=LOCKS.oracle, always=True)
