"""The build graph of Warehouse: `doit list` prints it, docs/ explains it.

A task names what it reads, what it makes, and the command between. What a command needs beside that (tools,
network, environment) comes with the command, from its room in buildgraph/rooms/.
"""

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
COPIED = {"images": "static/images/", "fonts": "static/fonts/"}
DIST = "warehouse/static/dist/"
HTML = "docs/_build/html/"
DATABASE = database.Database(name="warehouse")
PYTHON = [ENV.python, "-m"]
UPGRADE = migrations.command(ENV.python, "upgrade")
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


def _with_db(*commands, **more):
    """Commands that run while the database's server runs."""
    return database.with_server(DATABASE, *commands, **more)


PYTEST = _with_db([*PYTHON, "pytest", "--numprocesses=auto"], server="tests")

# What people do


def task_serve():
    """Serve the application at http://127.0.0.1:8000 and follow every change."""
    application = [*PYTHON, "warehouse", "serve", "--worker", "--host={host}", "--port={port}"]
    built = {
        "static": ["assets"],
        "warehouse/locale": ["catalogs", "assets"],
        "package-lock.json": ["assets"],
    }
    ground = {"warehouse/migrations": ["db", "--services={services}"], LOCKS.folder: ["env"]}
    supervisor = serve.command(application, code=["warehouse"], built=built, ground=ground)
    host, port = option("host", "127.0.0.1", "the address to listen at"), option("port", 8000, "the port")
    command = _with_db(UPGRADE, supervisor, services="{services}")
    user = {"environment": UPLOADS, "inherit": USER, "network": True, "options": [host, port, SERVICES]}
    return service(needs=["env", "assets", "catalogs", "db:server"], command=command, **user)


def task_test():
    """Run the tests; what follows goes to pytest: `doit test -k name -x`."""
    return check(inputs=TESTED, command=PYTEST, arguments=True, foreground=True, network=True)


def task_coverage():
    """Run the application's tests and fail below full branch coverage: of what is served, and of its commands."""
    pytest = [*PYTHON, "pytest", "--numprocesses=auto", "--cov", "--cov-report=", "tests/warehouse"]
    full = [*PYTHON, "coverage", "report", "--fail-under=100"]
    reports = [*full, f"--omit={COMMANDS}"], [*full, f"--include={COMMANDS}"]
    command = _with_db(pytest, *reports, server="tests")
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
    return run(needs=["env", "db"], command=_with_db([*PYTHON, "warehouse"]), **user)


def task_shell():
    """Open a Python prompt beside the database."""
    return run(needs=["env", "db"], command=_with_db([*PYTHON, "IPython"]), environment=UPLOADS)


def task_ci():
    """Check all that a change must not break; with `doit test` and `doit coverage`, what CI runs."""
    return {"actions": None, "task_dep": ["lint", "locks:check", "db:check", "assets", "docs"]}


# What is made


def task_locks():
    """Pin requirements/*.in, with hashes, in one resolution."""
    rewrite = option("rewrite", False, "replace lock files that were edited by hand")
    command = locks.command(LOCKS, "compile")
    return rule(inputs=LOCKS.sources, outputs=LOCKS.files, command=command, options=[rewrite])


def task_locks_checks():
    """Verify the locks."""
    files = [*LOCKS.sources, *LOCKS.files]
    doc, command = "Verify the locks without network and without a resolver.", locks.command(LOCKS, "check")
    yield check(basename="locks:check", doc=doc, judges=files, command=command)
    asking = {"judges": files, "always": True, "foreground": True}
    doc, command = "Resolve again as of the recorded time, and compare.", locks.command(LOCKS, "verify")
    yield check(basename="locks:verify", doc=doc, command=command, **asking)
    doc, command = (
        "Have pip and uv select each group's packages, and compare.",
        locks.command(LOCKS, "oracle"),
    )
    yield check(basename="locks:oracle", doc=doc, command=command, **asking)


def task_upgrade():
    """Upgrade the locks, all or by name, and report; tested, without what fails: `doit upgrade requests --test`."""
    trial = locks.Trial(ENV.folder, environment.sync_command(ENV), PYTEST)
    command = locks.command(LOCKS, "upgrade", trial)
    return run(needs=["locks"], command=command, options=locks.UPGRADE_OPTIONS, arguments=True)


def task_env():
    """Make .venv hold exactly what the locks say."""
    command, doc = environment.sync_command(ENV), task_env.__doc__
    yield rule(basename="env", doc=doc, inputs=ENV.files, outputs=ENV.outputs, command=command)
    doc, deep = "Find and replace damaged packages of .venv.", option("deep", False, "compare digests, too")
    yield run(basename="env:repair", doc=doc, needs=["env"], command=command, options=[deep])


def task_node():
    """Lay out node in .nodeenv and the packages of package-lock.json in node_modules."""
    command, inputs = node.runtime_command(NODE), [NODE.lock, NODE.pin]
    yield rule(name="runtime", inputs=inputs, outputs=NODE.outputs, command=command)
    command, inputs = node.modules_command(NODE, MODULES), [NODE.stamp, *MODULES.inputs]
    yield rule(name="modules", inputs=inputs, outputs=MODULES.outputs, command=command)
    doc, command = "Find edited files of node_modules and install anew.", node.repair_command(NODE, MODULES)
    yield run(basename="node:repair", doc=doc, needs=["node"], command=command)
    doc, command = "Write package-lock.json from package.json.", node.lock_command(NODE)
    yield run(basename="node:lock", doc=doc, needs=["node:runtime"], command=command)
    doc, command = "Ask node's sources for its digests and pin them.", node.pin_command(NODE)
    yield run(basename="node:pin", doc=doc, command=command)


def task_assets():
    """Compile static/ into warehouse/static/dist/, with hashed names and a manifest."""
    for bundle in BUNDLES:
        command, inputs = assets.bundle_command(bundle, NODE.program), [MODULES.stamp, bundle.source]
        yield rule(
            name=bundle.name, inputs=inputs, outputs=bundle.outputs, discovers=bundle.reads, command=command
        )
    compiled = [path for bundle in BUNDLES for path in bundle.outputs]
    command, inputs = assets.collect_command(DIST, COMPILED | COPIED), [*compiled, *COPIED.values()]
    yield rule(name="dist", inputs=inputs, outputs=[DIST], command=command)


def task_catalogs():
    """Compile the languages' catalogs, for the pages and for their scripts."""
    for code in CATALOGS.languages:
        command = catalogs.compile_command(CATALOGS, code, ENV.python)
        inputs = [ENV.stamp, CATALOGS.source(code)]
        yield rule(name=code, inputs=inputs, outputs=CATALOGS.outputs(code), command=command)
    doc, command = (
        "Merge the sources' messages into the catalogs.",
        catalogs.update_command(CATALOGS, ENV.python),
    )
    yield run(basename="catalogs:update", doc=doc, needs=["env"], command=command)


def task_docs():
    """Build the documentation; a warning is an error."""
    strict = ["--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"]
    sphinx = [*PYTHON, "sphinx", *strict, "--builder=html", "--doctree-dir=.buildgraph/doctrees"]
    inputs = [ENV.stamp, "docs/conf.py", "docs/**/*.md"]
    return rule(inputs=inputs, outputs=[HTML], command=[*sphinx, "docs", HTML])


# The database. What is at which revision is asked of the database itself, every time.


def _asking(basename, doc, command, needs=("env", "db:server"), **more):
    """A task that is done to the database each time it is asked for."""
    return run(basename=basename, doc=doc, needs=needs, command=command, environment=UPLOADS, **more)


def task_db():
    """Make the development database if there is none, and upgrade it to the newest revision."""
    upgrade = _with_db(UPGRADE, services="{services}")
    return _asking("db", task_db.__doc__, upgrade, options=[SERVICES])


def task_db_commands():
    """The single steps and the other commands of the database."""
    doc, inputs = "Copy PostgreSQL out of node_modules.", [MODULES.stamp, *DATABASE.inputs]
    server = database.binaries_command(DATABASE)
    yield rule(basename="db:server", doc=doc, inputs=inputs, outputs=[DATABASE.stamp], command=server)
    yield _asking("db:create", "Make the database if there is none.", database.create_command(DATABASE))
    yield _asking("db:upgrade", "The same as `doit db`.", _with_db(UPGRADE))
    doc, differ = (
        "Fail where models and migrations differ.",
        _with_db(migrations.command(ENV.python, "check")),
    )
    asks = {"inputs": [ENV.stamp, DATABASE.stamp], "always": True, "foreground": True}
    yield check(basename="db:check", doc=doc, command=differ, environment=UPLOADS, **asks)
    doc, message = "Write a revision from what differs: `doit db:revision -m 'what changed'`.", "what changed"
    revision = _with_db(migrations.command(ENV.python, "revision"))
    yield _asking("db:revision", doc, revision, options=[option("message", "", message, short="m")])
    prompt = _with_db([*PYTHON, "pgcli.main"])
    yield run(basename="db:shell", doc="Open an SQL prompt.", needs=["db"], command=prompt)
    yield _asking("db:reset", "Drop the database and make it again, empty.", database.reset_command(DATABASE))
    sample = _with_db([*PYTHON, "warehouse", "sample-data"])
    yield _asking("db:sample", "Fill it with made-up projects.", sample, needs=["db"])
    classifiers = _with_db([*PYTHON, "warehouse", "classifiers", "sync"])
    yield _asking("db:classifiers", "Bring the known classifiers into it.", classifiers, needs=["db"])
