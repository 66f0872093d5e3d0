"""Update: what the sources say, merged into the catalogs that people write."""

import re
from collections.abc import Mapping
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from . import Catalogs
from .messages import read, usable

NAMED = 5
"""How many messages of a catalog are named."""
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def update(catalogs: Catalogs) -> None:
    """Extract the messages and merge them into every catalog."""
    template = extracted(catalogs.sources)
    for language in catalogs:
        path = Path(language.source)
        new = Catalog(language.code, catalogs.domain, charset="utf-8")
        catalog = read(path, language.code) if path.exists() else new
        catalog.update(template, no_fuzzy_matching=False, update_header_comment=False)
        catalog.obsolete.clear()
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".po.part")
        with temporary.open("wb") as file:
            write_po(file, catalog, width=110, omit_header=False, include_lineno=False, sort_by_file=True)
        text = re.sub(r'^"(POT-Creation|PO-Revision)-Date.*\n', "", temporary.read_text("utf-8"), flags=re.M)
        temporary.write_text(text, "utf-8")
        temporary.replace(path)
        print("\n".join(told(path.as_posix(), read(path, language.code))))


def told(path: str, catalog: Catalog) -> list[str]:
    """Return what a catalog lacks, with the place of each message; one without any translation shows the sources' own words."""
    certain = {id(message) for message in usable(catalog)}
    if not certain:
        return [f"{path}: {len(catalog)} messages, shown as the sources have them"]
    lacking = [message for message in catalog if message.id and id(message) not in certain]
    lines = [f"{path}: {len(catalog)} messages, {len(lacking) or 'none'} to translate"]
    for message in lacking[:NAMED]:
        text = message.id[0] if message.pluralizable else message.id
        hint = "has a guess: correct it, and delete its '#, fuzzy'" if message.fuzzy else "has no translation"
        lines.append(f"  {path}:{message.lineno}: '{text}' {hint}")
    return lines + ([f"  and {len(lacking) - NAMED} more"] if len(lacking) > NAMED else [])


def extracted(sources: Mapping[str, str]) -> Catalog:
    """Return the messages of all files; `sources` is extractor -> pattern."""
    template = Catalog(charset="utf-8")
    for method, pattern in sources.items():
        folder, _, rest = pattern.partition("/")
        options = {rest: {"silent": "false", "trimmed": "true"}}
        found = extract_from_dir(folder, [(rest, method)], options, keywords=KEYWORDS)
        for name, _line, message, comments, context in sorted(found, key=lambda each: (each[0], each[1])):
            template.add(message, None, [(f"{folder}/{name}", 0)], auto_comments=comments, context=context)
    return template
