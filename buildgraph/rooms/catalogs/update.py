"""Update: what the sources say, merged into the catalogs that people write."""

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import write_po

from buildgraph.errors import BuildError

from . import Catalogs
from .messages import lacking, read, strings, usable

NAMED = 5
"""How many messages of a catalog are named."""
ONE, MANY, CONTEXT, CONTEXT_MANY = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
"""Which arguments of a function are a message, in Babel's words."""
KEYWORDS = DEFAULT_KEYWORDS | {
    # Flask-Babel and WTForms
    "lazy_gettext": ONE,
    "lazy_ngettext": MANY,
    "lazy_pgettext": CONTEXT,
    "lazy_npgettext": CONTEXT_MANY,
    # Django
    "gettext_lazy": ONE,
    "gettext_noop": ONE,
    "ngettext_lazy": MANY,
    "pgettext_lazy": CONTEXT,
    "npgettext_lazy": CONTEXT_MANY,
}
FLAGS = "\0"
"""What begins a comment that stands for the flags of an obsolete message. Babel does not write these, and a guess would come back as certain."""
WILD = re.compile(r"[*?]")
NOT_SOURCES = ("node_modules", "__pycache__")
"""Folders that no pattern enters, besides those that begin with a dot or, as Babel has it, an underscore."""


def update(catalogs: Catalogs) -> None:
    """Extract the messages and merge them into every catalog; raise BuildError, before anything is written, for a pattern that fits no file."""
    template = extracted(catalogs.sources)
    for language in catalogs:
        path = Path(language.source)
        new = Catalog(language.code, catalogs.domain, charset="utf-8")
        catalog = read(path, language.code) if path.exists() else new
        merge(catalog, template)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".po.part")
        for message in filter(lambda each: each.flags, catalog.obsolete.values()):
            message.user_comments = [*message.user_comments, FLAGS + ", ".join(sorted(message.flags))]
        with temporary.open("wb") as file:
            write_po(file, catalog, width=110, omit_header=False, include_lineno=False, sort_by_file=True)
        text = re.sub(r'^"(POT-Creation|PO-Revision)-Date.*\n', "", temporary.read_text("utf-8"), flags=re.M)
        temporary.write_text(text.replace(f"# {FLAGS}", "#, "), "utf-8")
        temporary.replace(path)
        print("\n".join(told(path.as_posix(), read(path, language.code))))


def merge(catalog: Catalog, template: Catalog) -> None:
    """Merge messages into a catalog as msgmerge does: a translation that is not used any more is kept as obsolete, and comes back with its message."""
    for message in list(catalog.obsolete.values()):
        if template.get(message.id, message.context) and not catalog.get(message.id, message.context):
            catalog[message.id] = message
            catalog.obsolete.pop(catalog._key_for(message.id, message.context))
    catalog.update(template, no_fuzzy_matching=False, update_header_comment=False)
    for key, message in list(catalog.obsolete.items()):
        if not any(strings(message)):
            del catalog.obsolete[key]


def told(path: str, catalog: Catalog) -> list[str]:
    """Return what a catalog lacks, with the place of each message; one without any translation shows the sources' own words."""
    if not usable(catalog):
        return [f"{path}: {len(catalog)} messages, shown as the sources have them"]
    without = lacking(catalog)
    lines = [f"{path}: {len(catalog)} messages, {len(without) or 'none'} to translate"]
    for message in without[:NAMED]:
        text = message.id[0] if message.pluralizable else message.id
        hint = "has a guess: correct it, and delete its '#, fuzzy'" if message.fuzzy else "has no translation"
        lines.append(f"  {path}:{message.lineno}: '{text}' {hint}")
    return lines + ([f"  and {len(without) - NAMED} more"] if len(without) > NAMED else [])


def extracted(sources: Mapping[str, str]) -> Catalog:
    """Return the messages of all files; `sources` is extractor -> pattern; raise BuildError for a pattern that fits none."""
    template = Catalog(charset="utf-8")
    for method, pattern in sources.items():
        folder, rest = divided(pattern)
        options = {rest: {"silent": "false", "trimmed": "true"}}
        read: list[str] = []
        found = extract_from_dir(
            folder or ".",
            [(rest, method)],
            options,
            keywords=KEYWORDS,
            callback=partial(_note, read),
            directory_filter=_is_source,
        )
        for name, _line, message, comments, context in sorted(found, key=lambda each: (each[0], each[1])):
            place = f"{folder}/{name}" if folder else name
            template.add(message, None, [(place, 0)], auto_comments=comments, context=context)
        if not read:
            what = f"'{pattern}', the pattern of '{method}', fits no file"
            hint = "Correct it in dodo.py, as Babel writes patterns ('app/**.py'), or take it out. Nothing was written."
            raise BuildError(what, "", hint)
    return template


def divided(pattern: str) -> tuple[str, str]:
    """Return the folder in which all files of a pattern lie, "" for the top, and the rest of the pattern."""
    names = pattern.removeprefix("./").split("/")
    fixed = next((place for place, name in enumerate(names) if WILD.search(name)), len(names))
    fixed = min(fixed, len(names) - 1)
    return "/".join(names[:fixed]), "/".join(names[fixed:])


def _note(read: list[str], name: str, _method: str, _options: object) -> None:
    read.append(name)


def _is_source(folder: str) -> bool:
    name = Path(folder).name
    return not name.startswith((".", "_")) and name not in NOT_SOURCES
