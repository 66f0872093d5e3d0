"""The graph of the generated project, as its `dodo.py`: the site and its admin site, released and not."""

from buildgraph import bootstrap

bootstrap.hand_over(__file__, __name__)

from buildgraph import rule  # noqa: E402 (needs the tools environment)
from buildgraph.rooms import assets, catalogs  # noqa: E402 (needs the tools environment)

PARITY = False  # the measurement writes True here: then all is compressed as its rivals do it
ENDINGS = (".css", ".js", ".map", ".svg", ".png", ".webp", ".woff", ".woff2")
EVERYTHING = {ending: {"gz": 9, "br": 11} for ending in ENDINGS}
SETTINGS = assets.Settings(compression=EVERYTHING) if PARITY else assets.Settings()
CODES = ("en", "ar", "de", "el", "eo", "es", "fr", "he", "ja", "pt_BR", "ru", "uk", "zh_Hans", "zh_Hant")
CATALOGS = catalogs.Catalogs(
    "messages", "locale", CODES, {}, python=".venv/bin/python", scripts=".buildgraph/catalogs/"
)
SITE = assets.Assets(
    into="dist/",
    node=".nodeenv/bin/node",
    styles=tuple(
        f"static/sass/{name}.scss" for name in ("site", "noscript", "icons", "fonts", "fonts-title")
    ),
    mirrored=("static/sass/site.scss",),
    scripts=("static/js/site.js",),
    modules=tuple(f"static/js/dictionary-{number}.js" for number in range(3)),
    linked={"static/js/site.js": CATALOGS.messages},
    images={"images": "static/images/"},
    copied={"fonts": "static/fonts/"},
    released="release/",
    settings=SETTINGS,
)
ADMIN = assets.Assets(
    into="admin-dist/",
    node=".nodeenv/bin/node",
    styles=("admin/sass/admin.scss",),
    scripts=("admin/js/admin.js",),
    released="admin-release/",
    compiled=".buildgraph/admin",
    group="admin",
    settings=SETTINGS,
)
INSTALLED = ["package-lock.json"]


def task_catalogs():
    """Compile the languages' catalogs."""
    for language in CATALOGS:
        yield rule(
            name=language.code, inputs=[language.source], outputs=language.outputs, command=language.compile
        )


def task_assets():
    """Compile the site."""
    yield from assets.tasks(SITE, INSTALLED)


def task_admin():
    """Compile the admin site."""
    yield from assets.tasks(ADMIN, INSTALLED)
