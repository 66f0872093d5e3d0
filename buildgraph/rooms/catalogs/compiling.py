"""Compiling: a language's catalog as the application and its scripts read it."""

import json
import re
from datetime import UTC, datetime
from gettext import c2py
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo

from buildgraph.errors import BuildError
from buildgraph.files import read_people_text

from . import Language
from .messages import ids, lacking, read, strings, usable

ALWAYS = datetime(1980, 1, 1, tzinfo=UTC)
"""The time that each binary catalog names: Babel would name the minute in which it was made."""
CONTEXT = "\x04"
"""What stands between a message's context and the message (GNU gettext manual, 11.3)."""
SCRIPTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".tsx")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\$\{\w+\}")


def compile_catalog(language: Language, binary: Path, messages: Path | None) -> None:
    """Write the binary catalog of a language and, if they are wanted, its scripts' messages."""
    catalog = read(Path(language.source), language.code)
    check(catalog, language.source)
    compiled = Catalog(catalog.locale, charset="utf-8", creation_date=ALWAYS)
    compiled.mime_headers = [("Plural-Forms", catalog.plural_forms)]
    for message in usable(catalog):
        compiled.add(message.id, message.string, context=message.context)
    binary.parent.mkdir(parents=True, exist_ok=True)
    with binary.open("wb") as file:
        write_mo(file, compiled)
    if messages is not None:
        messages.parent.mkdir(parents=True, exist_ok=True)
        found = {"messages": programs_messages(catalog), "plural": compiled.plural_expr}
        messages.write_text(json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
        print(untranslated(catalog, language.source), end="")


def untranslated(catalog: Catalog, source: str) -> str:
    """Return a line that says how many messages of scripts have no translation, with the first one's place; nothing of a catalog that has none at all."""
    used = [message for message in catalog if message.id and is_scripts(message)]
    found = [message for message in lacking(catalog) if is_scripts(message)]
    if not found:
        return ""
    first = f"{source}:{found[0].lineno}: '{ids(found[0])[0]}'"
    return f"{len(found)} of {len(used)} messages of scripts without a translation: {first}{' and others' if found[1:] else ''}\n"


def is_scripts(message: Message) -> bool:
    """Tell whether a script uses a message."""
    return any(path.endswith(SCRIPTS) for path, _ in message.locations)


def programs_messages(catalog: Catalog) -> dict[str, list[str]]:
    """Return the usable translations of messages that JavaScript uses, all plural forms of each; a context comes before its message, as in a binary catalog."""
    return {
        CONTEXT.join([*([message.context] if message.context else []), ids(message)[0]]): list(
            strings(message)
        )
        for message in usable(catalog)
        if is_scripts(message)
    }


def check(catalog: Catalog, source: str) -> None:
    """Raise BuildError where a translation names a value that its message does not have, or if the rule of the plural is not one."""
    try:
        c2py(catalog.plural_expr)
    except ValueError:
        where = place(source, 1, 0, "plural=")
        what = f"'{catalog.plural_expr}' is not a rule for the plural"
        raise BuildError(what, where, "It is an expression of n: 'n != 1'.") from None
    for message in usable(catalog):
        known = {name for each in ids(message) for name in PLACEHOLDER.findall(each)}
        for form, text in enumerate(strings(message)):
            unknown = sorted(set(PLACEHOLDER.findall(text)) - known)
            if unknown:
                raise BuildError(
                    f"the translation '{text}' has {unknown[0]}, but its message '{ids(message)[0]}' does not",
                    place(source, message.lineno or 1, form, unknown[0]),
                    f"It may have {', '.join(sorted(known))}." if known else "Leave it out.",
                )


def place(source: str, line: int, form: int, words: str) -> str:
    """Return where these words are in a form of the translation of the message that begins at a line."""
    lines = read_people_text(Path(source)).split("\n")
    starts = ("msgstr ", "msgstr[0]") if form == 0 else (f"msgstr[{form}]",)
    number = next((each for each in range(line, len(lines) + 1) if lines[each - 1].startswith(starts)), line)
    while words not in lines[number - 1] and number < len(lines) and lines[number].startswith('"'):
        number += 1
    return f"{source}, line {number}, column {lines[number - 1].find(words) + 1}"
