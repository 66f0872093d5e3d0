"""The build graph of Warehouse: `doit list` prints it, docs/ explains it."""

from buildgraph import bootstrap

bootstrap.hand_over(__file__, __name__)

from buildgraph import check, rule, serve, service  # noqa: E402 (what follows needs the tools environment)
from buildgraph.rooms import assets, database, environment, locks, migrations, node  # noqa: E402

DOIT_CONFIG = {"default_tasks": ["locks", "env", "node", "assets", "docs"]}

LOCKS = locks.Locks(
    groups=("main", "deploy", "dev", "tests", "lint", "docs", "build", "node"),
    pythons=("3.11", "3.12", "3.13", "3.14"),
)
ENV = environment.Environment(files=tuple(LOCKS.file(group) for group in LOCKS.groups if group != "node"))
NODE = node.Node(lock=LOCKS.file("node"))
MODULES = node.Modules()
BUNDLES = (
    assets.Bundle("style", "static/sass/warehouse.scss", ".buildgraph/assets/css/warehouse.css"),
    assets.Bundle("style", "static/sass/print.scss", ".buildgraph/assets/css/print.css"),
    assets.Bundle("script", "static/js/warehouse.js", ".buildgraph/assets/js/warehouse.js"),
    assets.Bundle("script", "static/js/theme.js", ".buildgraph/assets/js/theme.js"),
)
DIST = "warehouse/static/dist/"
HTML = "docs/_build/html/"
DATABASE = database.Database(name="warehouse")
UPLOADS = {"WAREHOUSE_FILES": ".buildgraph/services/files"}
SOURCES = ("dodo.py", "buildgraph", "warehouse", "tests", "bench", "docs")
PYTHON = ("dodo.py", *(f"{folder}/**/*.py" for folder in SOURCES[1:]))
STYLE = ("pyproject.toml", *PYTHON)
TESTED = (
    *STYLE,
    *LOCKS.sources,
    *LOCKS.files,
    "*.md",
    "docs/**/*.md",
    "buildgraph/**/*.mjs",
    "warehouse/templates/",
    DIST,
)


def option(name, default, help, choices=()):
    return {
        "name": name,
        "long": name,
        "default": default,
        "help": help,
        "choices": [(each, "") for each in choices],
    }


# What people do


def task_serve():
    """Serve the application at http://127.0.0.1:8000 and follow every change."""
    application = [ENV.python, "-m", "warehouse", "serve", "--host={host}", "--port={port}"]
    supervisor = serve.command(
        application,
        code=("warehouse",),
        built={"static": ["assets"]},
        ground={
            "warehouse/migrations": ["db"],
            LOCKS.folder: ["env", "db"],
            "package-lock.json": ["assets"],
        },
    )
    return service(
        needs=["env", "assets", "db"],
        command=database.with_server(DATABASE, supervisor, services="{services}"),
        environment=UPLOADS,
        inherit=["WAREHOUSE_SECRET"],
        network=True,
        options=[
            option("host", "127.0.0.1", "the address to listen at"),
            option("port", "8000", "the port to listen at"),
            option("services", "auto", "where PostgreSQL comes from", database.BACKENDS),
        ],
    )


def task_test():
    """Run the tests; what follows goes to pytest: `doit test -k name -x`."""
    pytest = [ENV.python, "-m", "pytest", "--numprocesses=auto"]
    return check(
        inputs=[ENV.stamp, DATABASE.stamp, *TESTED],
        command=database.with_server(DATABASE, pytest, server="tests"),
        environment=UPLOADS,
        arguments=True,
        foreground=True,
        network=True,
    )


def task_lint():
    """Check the style, the formatting and the known mistakes of all Python files."""
    ruff, quiet = ENV.program("ruff"), ("--quiet", "--no-cache", *SOURCES)
    yield check(name="rules", inputs=[ENV.stamp, *STYLE], command=[ruff, "check", *quiet])
    yield check(name="format", inputs=[ENV.stamp, *STYLE], command=[ruff, "format", "--check", *quiet])


def task_reformat():
    """Rewrite all Python files in the one style."""
    command = [ENV.program("ruff"), "format", "--quiet", "--no-cache", *SOURCES]
    return check(inputs=[ENV.stamp, *STYLE], command=command)


def task_manage():
    """Run a command of the application: `doit manage user add NAME EMAIL`, `doit manage token create NAME`."""
    command = database.with_server(DATABASE, [ENV.python, "-m", "warehouse"])
    return service(needs=["env", "db"], command=command, environment=UPLOADS, arguments=True)


def task_shell():
    """Open a Python prompt beside the database."""
    command = database.with_server(DATABASE, [ENV.python, "-m", "IPython"])
    return service(needs=["env", "db"], command=command, environment=UPLOADS)


def task_ci():
    """Check all that a change must not break; with `doit test`, what CI runs."""
    return {"actions": None, "task_dep": ["lint", "locks:check", "db:check", "assets", "docs"]}


# What is made


def task_locks():
    """Pin requirements/*.in, with hashes, in one resolution."""
    return rule(
        inputs=[*LOCKS.sources, locks.CODE],
        outputs=LOCKS.files,
        command=locks.compile_command(LOCKS),
        options=[option("rewrite", False, "replace lock files that were edited by hand") | {"type": bool}],
        network=True,
    )


def task_locks_check():
    """Verify the locks without network and without a resolver."""
    return check(inputs=[*LOCKS.sources, *LOCKS.files, locks.CODE], command=locks.check_command(LOCKS)) | {
        "basename": "locks:check"
    }


def task_env():
    """Make .venv hold exactly what the locks say."""
    return rule(
        inputs=[*ENV.files, environment.CODE],
        outputs=ENV.outputs,
        command=environment.sync_command(ENV),
        environment=ENV.place,
        network=True,
    )


def task_node():
    """Lay out node in .nodeenv and the packages of package-lock.json in node_modules."""
    yield rule(
        name="runtime",
        inputs=[NODE.lock, node.CODE],
        outputs=NODE.outputs,
        command=node.runtime_command(NODE),
        network=True,
    )
    yield rule(
        name="modules",
        inputs=[NODE.stamp, *MODULES.inputs, node.CODE],
        outputs=MODULES.outputs,
        command=node.modules_command(NODE, MODULES),
        network=True,
    )


def task_node_lock():
    """Write package-lock.json from package.json."""
    return check(inputs=[NODE.stamp], command=node.lock_command(NODE), network=True, always=True) | {
        "basename": "node:lock"
    }


def task_assets():
    """Compile static/ into warehouse/static/dist/, with hashed names and a manifest."""
    for bundle in BUNDLES:
        yield rule(
            name=bundle.name,
            inputs=[MODULES.stamp, bundle.source],
            outputs=bundle.outputs,
            discovers=bundle.reads,
            command=assets.bundle_command(bundle, NODE.program),
            tools=bundle.tools,
        )
    folders = {
        "css": ".buildgraph/assets/css",
        "js": ".buildgraph/assets/js",
        "images": "static/images",
        "fonts": "static/fonts",
    }
    yield rule(
        name="dist",
        inputs=[
            *(path for bundle in BUNDLES for path in bundle.outputs),
            "static/images/",
            "static/fonts/",
            assets.CODE,
        ],
        outputs=[DIST],
        command=assets.collect_command(DIST, folders),
    )


def task_docs():
    """Build the documentation; a warning is an error."""
    sphinx = [ENV.python, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"]
    return rule(
        inputs=[ENV.stamp, "docs/conf.py", "docs/**/*.md", "CHANGELOG.md"],
        outputs=[HTML],
        command=[*sphinx, "--builder=html", "--doctree-dir=.buildgraph/doctrees", "docs", HTML],
    )


# The database. What is at which revision is asked of the database itself, every time.


def _migrate(verb, **more):
    command = database.with_server(DATABASE, migrations.command(ENV.python, verb))
    return check(
        inputs=[ENV.stamp, DATABASE.stamp], command=command, environment=UPLOADS, always=True, **more
    )


def task_db():
    """Make the development database if there is none, and upgrade it to the newest revision."""
    return _migrate("upgrade")


def task_db_commands():
    """The other commands of the database."""
    yield rule(
        inputs=[MODULES.stamp, *DATABASE.inputs, database.CODE],
        outputs=[DATABASE.stamp],
        command=database.binaries_command(DATABASE),
    ) | {"basename": "db:server", "doc": "Copy PostgreSQL out of node_modules"}
    yield check(inputs=[DATABASE.stamp], command=database.create_command(DATABASE), always=True) | {
        "basename": "db:create",
        "doc": "Make the development database if there is none",
    }
    yield _migrate("upgrade") | {"basename": "db:upgrade", "doc": "The same as `doit db`"}
    yield _migrate("check") | {"basename": "db:check", "doc": "Fail where models and migrations differ"}
    message = {"name": "message", "short": "m", "long": "message", "default": "", "help": "what changed"}
    yield _migrate("revision", options=[message]) | {
        "basename": "db:revision",
        "doc": "Write a revision from what differs: `doit db:revision -m 'what changed'`",
    }
    yield service(needs=["db"], command=database.with_server(DATABASE, [ENV.python, "-m", "pgcli.main"])) | {
        "basename": "db:shell",
        "doc": "Open an SQL prompt",
    }
    yield check(inputs=[DATABASE.stamp], command=database.reset_command(DATABASE), always=True) | {
        "basename": "db:reset",
        "doc": "Drop the development database and make it again, empty",
    }
    sample = [ENV.python, "-m", "warehouse", "sample-data"]
    yield check(
        command=database.with_server(DATABASE, sample), environment=UPLOADS, after=["db"], always=True
    ) | {"basename": "db:sample", "doc": "Fill the database with made-up projects"}
