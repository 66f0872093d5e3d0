"""The build graph of Warehouse: `doit list` prints it, docs/ explains it."""

from buildgraph import bootstrap

bootstrap.hand_over(__file__, __name__)

from buildgraph import check, option, rule, run, serve, service  # noqa: E402 (what follows needs the tools environment)
from buildgraph.rooms import assets, catalogs, database, environment, locks, migrations, node  # noqa: E402

DOIT_CONFIG = {"default_tasks": ["locks", "env", "node", "assets", "docs"]}

GROUPS = ("main", "deploy", "dev", "tests", "lint", "docs", "build", "node")
LOCKS = locks.Locks(GROUPS, pythons=("3.11", "3.12", "3.13", "3.14"))
ENV = environment.Environment(
    files=tuple(LOCKS.file(group) for group in GROUPS if group != "node"), launchers=(("doit", "dodo.py"),)
)
NODE = node.Node(lock=LOCKS.file("node"))
MODULES = node.Modules()
MESSAGES = {
    "jinja2.ext.babel_extract": "warehouse/**.jinja2",
    "python": "warehouse/**.py",
    "javascript": "static/**.js",
}
SCRIPTS = ("static/js/warehouse.js", "static/js/messages.js")
CATALOGS = catalogs.Catalogs("warehouse", "warehouse/locale", ("en", "de", "he", "pl"), MESSAGES, *SCRIPTS)
STYLES = ["static/sass/warehouse.scss", "static/sass/print.scss"]
BUNDLES = assets.bundles(
    ".buildgraph/assets", styles=STYLES, scripts=["static/js/theme.js", *CATALOGS.entries]
)
COMPILED = {"css": ".buildgraph/assets/css", "js": ".buildgraph/assets/js"}
COPIED = {"images": "static/images", "fonts": "static/fonts"}
DIST = "warehouse/static/dist/"
HTML = "docs/_build/html/"
MIGRATIONS = migrations.MODULE
DATABASE = database.Database(name="warehouse")
UPLOADS = {"WAREHOUSE_FILES": ".buildgraph/services/files"}
SOURCES = ("dodo.py", "buildgraph", "warehouse", "tests", "bench", "docs")
STYLE = ("pyproject.toml", "dodo.py", *(f"{folder}/**/*.py" for folder in SOURCES[1:]))
TEXTS = ("*.md", "*.json", "*.yaml", "docs/**/*.md", "static/", "buildgraph/**/*.mjs", "tests/e2e/*.mjs")
TEXTS += ("warehouse/templates/", "warehouse/locale/**/*.po", "warehouse/migrations/queue/")
LOCKED = (*LOCKS.sources, *LOCKS.files, NODE.pin)
TESTED = [ENV.stamp, DATABASE.stamp, DIST, *CATALOGS.binaries, *LOCKED, *STYLE, *TEXTS]
COMMANDS = (
    "warehouse/cli/*,warehouse/samples/*,warehouse/__main__.py"  # never imported by the web application
)
USER = ["WAREHOUSE_SECRET", "WAREHOUSE_MODE", "WAREHOUSE_SITE", "WAREHOUSE_CDN", "WAREHOUSE_CDN_TOKEN"]
SERVICES = option("services", "auto", "where PostgreSQL comes from", database.BACKENDS)


def _with_db(*command, **more):
    """A module of .venv, run while the database's server runs."""
    return database.with_server(DATABASE, [ENV.python, "-m", *command], **more)


PYTEST = _with_db("pytest", "--numprocesses=auto", server="tests")

# What people do


def task_serve():
    """Serve the application at http://127.0.0.1:8000 and follow every change."""
    application = [ENV.python, "-m", "warehouse", "serve", "--worker", "--host={host}", "--port={port}"]
    built = {
        "static": ["assets"],
        "warehouse/locale": ["catalogs", "assets"],
        "package-lock.json": ["assets"],
    }
    ground = {"warehouse/migrations": ["db", "--services={services}"], LOCKS.folder: ["env"]}
    supervisor = serve.command(application, code=["warehouse"], built=built, ground=ground)
    host, port = option("host", "127.0.0.1", "the address to listen at"), option("port", 8000, "the port")
    upgrade = [ENV.python, "-m", MIGRATIONS, "upgrade"]
    command = database.with_server(DATABASE, upgrade, supervisor, services="{services}")
    user = {"environment": UPLOADS, "inherit": USER, "network": True, "options": [host, port, SERVICES]}
    return service(needs=["env", "assets", "catalogs", "db:server"], command=command, **user)


def task_test():
    """Run the tests; what follows goes to pytest: `doit test -k name -x`."""
    return check(inputs=TESTED, command=PYTEST, arguments=True, foreground=True, network=True)


def task_coverage():
    """Run the application's tests and fail below full branch coverage: of what is served, and of its commands."""
    python = [ENV.python, "-m"]
    pytest = [*python, "pytest", "--numprocesses=auto", "--cov", "--cov-report=", "tests/warehouse"]
    full = [*python, "coverage", "report", "--fail-under=100"]
    reports = [*full, f"--omit={COMMANDS}"], [*full, f"--include={COMMANDS}"]
    command = database.with_server(DATABASE, pytest, *reports, server="tests")
    return check(inputs=TESTED, command=command, foreground=True, network=True)


def task_lint():
    """Check the style, the formatting and the known mistakes of all Python files."""
    ruff, quiet = ENV.program("ruff"), ("--quiet", "--no-cache", *SOURCES)
    yield check(name="rules", inputs=[ENV.stamp, *STYLE], command=[ruff, "check", *quiet])
    yield check(name="format", inputs=[ENV.stamp, *STYLE], command=[ruff, "format", "--check", *quiet])


def task_reformat():
    """Rewrite all Python files in the one style."""
    return run(needs=["env"], command=[ENV.program("ruff"), "format", "--quiet", "--no-cache", *SOURCES])


def task_manage():
    """Run a command of the application: `doit manage user add NAME EMAIL`, `doit manage token create NAME`."""
    user = {"environment": UPLOADS, "inherit": USER, "network": True, "arguments": True}
    return run(needs=["env", "db"], command=_with_db("warehouse"), **user)


def task_shell():
    """Open a Python prompt beside the database."""
    return run(needs=["env", "db"], command=_with_db("IPython"), environment=UPLOADS)


def task_ci():
    """Check all that a change must not break; with `doit test` and `doit coverage`, what CI runs."""
    return {"actions": None, "task_dep": ["lint", "locks:check", "db:check", "assets", "docs"]}


# What is made


def task_locks():
    """Pin requirements/*.in, with hashes, in one resolution."""
    command, inputs = locks.command(LOCKS, "compile"), [*LOCKS.sources, locks.CODE]
    rewrite = option("rewrite", False, "replace lock files that were edited by hand")
    return rule(inputs=inputs, outputs=LOCKS.files, command=command, options=[rewrite], network=True)


def task_locks_checks():
    """Verify the locks."""
    files = [*LOCKS.sources, *LOCKS.files, locks.CODE]
    for verb, asks, doc in (
        ("check", False, "Verify the locks without network and without a resolver."),
        ("verify", True, "Resolve again as of the recorded time, and compare."),
        ("oracle", True, "Have pip and uv select each group's packages, and compare."),
    ):
        command, name = locks.command(LOCKS, verb), f"locks:{verb}"
        yield check(
            basename=name, doc=doc, judges=files, command=command, always=asks, foreground=asks, network=asks
        )


def task_upgrade():
    """Upgrade the locks, all or by name, and report; tested, without what fails: `doit upgrade requests --test`."""
    trial = locks.Trial(ENV.folder, environment.sync_command(ENV), PYTEST)
    command, options = locks.command(LOCKS, "upgrade", trial), locks.UPGRADE_OPTIONS
    return run(needs=["locks"], command=command, options=options, arguments=True, network=True)


def task_env():
    """Make .venv hold exactly what the locks say."""
    command, inputs = environment.sync_command(ENV), [*ENV.files, environment.CODE]
    place = {"environment": ENV.place, "network": True}
    yield rule(
        basename="env", doc=task_env.__doc__, inputs=inputs, outputs=ENV.outputs, command=command, **place
    )
    doc, deep = "Find and replace damaged packages of .venv.", option("deep", False, "compare digests, too")
    yield run(basename="env:repair", doc=doc, needs=["env"], command=command, options=[deep], **place)


def task_node():
    """Lay out node in .nodeenv and the packages of package-lock.json in node_modules."""
    command, inputs = node.runtime_command(NODE), [NODE.lock, NODE.pin, node.CODE]
    place = {"environment": NODE.place, "network": True}
    yield rule(name="runtime", inputs=inputs, outputs=NODE.outputs, command=command, **place)
    command, inputs = node.modules_command(NODE, MODULES), [NODE.stamp, *MODULES.inputs, node.CODE]
    yield rule(name="modules", inputs=inputs, outputs=MODULES.outputs, command=command, **place)
    doc, command = "Find edited files of node_modules and install anew.", node.repair_command(NODE, MODULES)
    yield run(basename="node:repair", doc=doc, needs=["node"], command=command, **place)
    doc, lock = "Write package-lock.json from package.json.", node.lock_command(NODE)
    yield run(basename="node:lock", doc=doc, needs=["node:runtime"], command=lock, **place)
    doc, command = "Ask node's sources for its digests and pin them.", node.pin_command(NODE)
    yield run(basename="node:pin", doc=doc, command=command, **place)


def task_assets():
    """Compile static/ into warehouse/static/dist/, with hashed names and a manifest."""
    for bundle in BUNDLES:
        command, inputs = assets.bundle_command(bundle, NODE.program), [MODULES.stamp, bundle.source]
        made = {"outputs": bundle.outputs, "discovers": bundle.reads, "tools": bundle.tools}
        yield rule(name=bundle.name, inputs=inputs, command=command, **made)
    compiled = [path for bundle in BUNDLES for path in bundle.outputs]
    inputs = [*compiled, *(f"{folder}/" for folder in COPIED.values()), assets.CODE]
    yield rule(
        name="dist", inputs=inputs, outputs=[DIST], command=assets.collect_command(DIST, COMPILED | COPIED)
    )


def task_catalogs():
    """Compile the languages' catalogs, for the pages and for their scripts."""
    for code in CATALOGS.languages:
        inputs, outputs = [ENV.stamp, CATALOGS.source(code), catalogs.CODE], CATALOGS.outputs(code)
        command = catalogs.compile_command(CATALOGS, code, ENV.python)
        yield rule(name=code, inputs=inputs, outputs=outputs, command=command)
    command = catalogs.update_command(CATALOGS, ENV.python)
    doc = "Merge the sources' messages into the catalogs."
    yield run(basename="catalogs:update", doc=doc, needs=["env"], command=command)


def task_docs():
    """Build the documentation; a warning is an error."""
    strict = ["--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"]
    sphinx = [ENV.python, "-m", "sphinx", *strict, "--builder=html", "--doctree-dir=.buildgraph/doctrees"]
    inputs = [ENV.stamp, "docs/conf.py", "docs/**/*.md"]
    return rule(inputs=inputs, outputs=[HTML], command=[*sphinx, "docs", HTML])


# The database. What is at which revision is asked of the database itself, every time.


def _asking(basename, doc, command, needs=("env", "db:server"), **more):
    """A task that is done to the database each time it is asked for."""
    return run(basename=basename, doc=doc, needs=needs, command=command, environment=UPLOADS, **more)


def task_db():
    """Make the development database if there is none, and upgrade it to the newest revision."""
    upgrade = _with_db(MIGRATIONS, "upgrade", services="{services}")
    return _asking("db", task_db.__doc__, upgrade, options=[SERVICES])


def task_db_commands():
    """The single steps and the other commands of the database."""
    command, doc = database.binaries_command(DATABASE), "Copy PostgreSQL out of node_modules."
    inputs, outputs = [MODULES.stamp, *DATABASE.inputs, database.CODE], [DATABASE.stamp]
    yield rule(basename="db:server", doc=doc, inputs=inputs, outputs=outputs, command=command)
    yield _asking("db:create", "Make the database if there is none.", database.create_command(DATABASE))
    yield _asking("db:upgrade", "The same as `doit db`.", _with_db(MIGRATIONS, "upgrade"))
    doc, command = "Fail where models and migrations differ.", _with_db(MIGRATIONS, "check")
    asks = {"environment": UPLOADS, "always": True, "foreground": True}
    yield check(basename="db:check", doc=doc, inputs=[ENV.stamp, DATABASE.stamp], command=command, **asks)
    message = option("message", "", "what changed", short="m")
    doc = "Write a revision from what differs: `doit db:revision -m 'what changed'`."
    yield _asking("db:revision", doc, _with_db(MIGRATIONS, "revision"), options=[message])
    prompt = _with_db("pgcli.main")
    yield run(basename="db:shell", doc="Open an SQL prompt.", needs=["db"], command=prompt)
    yield _asking("db:reset", "Drop the database and make it again, empty.", database.reset_command(DATABASE))
    sample = _with_db("warehouse", "sample-data")
    yield _asking("db:sample", "Fill it with made-up projects.", sample, needs=["db"])
    classifiers = _with_db("warehouse", "classifiers", "sync")
    yield _asking("db:classifiers", "Bring the known classifiers into it.", classifiers, needs=["db"])
