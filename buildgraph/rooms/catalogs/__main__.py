"""Command line of catalogs: `update` merges what the sources say, `compile` makes what programs read."""

import argparse
import io
import json
import os
import re
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from buildgraph import command
from buildgraph.errors import BuildError
from buildgraph.files import read_people_text

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\$\{\w+\}")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def main(argv: list[str]) -> None:
    """Run one of the verbs."""
    parser = argparse.ArgumentParser(prog="catalogs")
    verbs = parser.add_subparsers(dest="verb", required=True)
    update = verbs.add_parser("update")
    for name in ("domain", "locale"):
        update.add_argument(name)
    for name in ("source", "language"):
        update.add_argument(f"--{name}", action="append", default=[])
    compiling = verbs.add_parser("compile")
    for name in ("source", "binary", "entry", "--script", "--messages", "--from"):
        compiling.add_argument(name)
    given = vars(parser.parse_args(argv))
    if given.pop("verb") == "update":
        _update(**given)
    else:
        _compile(given.pop("from"), **given)


def extracted(sources: dict[str, str]) -> Catalog:
    """Return the messages of all files; `sources` is extractor -> pattern."""
    template = Catalog(charset="utf-8")
    for method, pattern in sources.items():
        folder, _, rest = pattern.partition("/")
        options = {rest: {"silent": "false", "trimmed": "true"}}
        found = extract_from_dir(folder, [(rest, method)], options, keywords=KEYWORDS)
        for name, _line, message, comments, context in sorted(found, key=lambda each: (each[0], each[1])):
            template.add(message, None, [(f"{folder}/{name}", 0)], auto_comments=comments, context=context)
    return template


def programs_messages(catalog: Catalog) -> dict[str, list[str]]:
    """Return the usable translations of messages that JavaScript uses, all plural forms of each."""
    return {
        _key(message): list(message.string) if message.pluralizable else [str(message.string)]
        for message in usable(catalog)
        if any(path.endswith(".js") for path, _ in message.locations)
    }


def usable(catalog: Catalog) -> list[Message]:
    """Return the messages with a whole, certain translation."""
    return [message for message in catalog if message.id and not message.fuzzy and all(_strings(message))]


def check(catalog: Catalog, source: str) -> None:
    """Raise BuildError where a translation names a value that its message does not have."""
    for message in usable(catalog):
        ids = message.id if message.pluralizable else (message.id,)
        known = {name for each in ids for name in PLACEHOLDER.findall(each)}
        for text in _strings(message):
            unknown = sorted(set(PLACEHOLDER.findall(text)) - known)
            if unknown:
                line = f"{source}, line {message.lineno}"
                raise BuildError(
                    f"the translation '{text}' has {unknown[0]}, its message '{ids[0]}' has not", line
                )


def _strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if message.pluralizable else (message.string,)


def _key(message: Message) -> str:
    return message.id[0] if message.pluralizable else message.id


def _update(domain: str, locale: str, source: list[str], language: list[str]) -> None:
    template = extracted(dict(each.split("=", 1) for each in source))
    for code in language:
        path = Path(locale, code, "LC_MESSAGES", f"{domain}.po")
        catalog = _read(path, code) if path.exists() else Catalog(code, domain, charset="utf-8")
        catalog.update(template, no_fuzzy_matching=False, update_header_comment=False)
        catalog.obsolete.clear()
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".po.part")
        with temporary.open("wb") as file:
            write_po(file, catalog, width=110, omit_header=False, include_lineno=False, sort_by_file=True)
        text = re.sub(r'^"(POT-Creation|PO-Revision)-Date.*\n', "", temporary.read_text("utf-8"), flags=re.M)
        temporary.write_text(text, "utf-8")
        temporary.replace(path)
        missing = sum(1 for message in catalog if message.id) - len(usable(catalog))
        print(f"{path.as_posix()}: {len(catalog)} messages, {missing} without a certain translation")


def _compile(place: str, source: str, binary: str, entry: str, script: str, messages: str) -> None:
    catalog = _read(Path(source), Path(source).parts[-3])
    check(catalog, source)
    compiled = Catalog(catalog.locale, charset="utf-8")
    for message in usable(catalog):
        compiled.add(message.id, message.string, context=message.context)
    Path(binary).parent.mkdir(parents=True, exist_ok=True)
    with Path(binary).open("wb") as file:
        write_mo(file, compiled)
    up = os.path.relpath(".", place).replace(os.sep, "/")
    text = (
        f'import {{ install }} from "{up}/{messages}";\nimport "{up}/{script}";\n\n'
        f"install({json.dumps(programs_messages(catalog), ensure_ascii=False, indent=1)}, "
        f"(n) => Number({compiled.plural_expr}));\n"
    )
    Path(entry).parent.mkdir(parents=True, exist_ok=True)
    Path(entry).write_text(text, "utf-8")
    print(f"{len(compiled)} messages")


def _read(path: Path, code: str) -> Catalog:
    text = read_people_text(path)
    try:
        return read_po(io.BytesIO(text.encode()), locale=code, abort_invalid=True)
    except PoFileError as error:
        raise BuildError(f"cannot read the catalog: {error}", path.as_posix(), "Correct it there.") from None


if __name__ == "__main__":
    command.run(main)
