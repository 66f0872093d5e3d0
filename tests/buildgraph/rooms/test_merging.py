"""Merging loses nothing that a person has written, and makes nothing certain that was a guess."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from buildgraph.errors import BuildError
from buildgraph.rooms.catalogs.messages import read, strings
from buildgraph.rooms.catalogs.update import merge

from .test_catalogs import HEADER, POLISH, compile, update
from .test_catalogs import read as compiled

WORDS = ("open", "close", "file", "the", "user", "project", "release", "upload")


@pytest.fixture
def catalog(project: Path) -> Path:
    """A Polish catalog in a project with a file of each kind of source."""
    for path, source in (("app/a.py", '_("Hello")\n'), ("static/a.js", ""), (POLISH.source, HEADER)):
        (project / path).parent.mkdir(parents=True)
        (project / path).write_text(source)
    return project / POLISH.source


def text(chance: random.Random) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 4)))


def template_of(messages: dict) -> Catalog:
    template = Catalog(charset="utf-8")
    for (context, singular), plural in messages.items():
        template.add((singular, plural) if plural else singular, context=context)
    return template


def edited(messages: dict, chance: random.Random) -> dict:
    """Return messages of which some are gone, some changed a little, some new."""
    kept = [each for each in messages.items() if chance.random() < 0.7]
    kept = [((key[0], key[1] + chance.choice(["", "", "!", " now"])), plural) for key, plural in kept]
    more = [
        ((chance.choice([None, None, "menu"]), text(chance)), chance.choice(["", "", "many"])) for _ in "123"
    ]
    return dict(kept + more)


def whole(catalog: Catalog) -> set[str]:
    """Return the first form of every translation: where a message has a plural no more, msgmerge keeps that, too."""
    return {strings(message)[0] for message in (*catalog, *catalog.obsolete.values()) if message.id} - {""}


def again(catalog: Catalog) -> Catalog:
    """Return a catalog as it is when it was written and read."""
    file = io.BytesIO()
    write_po(file, catalog)
    return read_po(io.BytesIO(file.getvalue()), locale="pl", abort_invalid=True)


@pytest.mark.parametrize("seed", range(20))
def test_every_translation_is_there_after_any_edits_of_the_sources(seed):
    chance, found, messages, count = random.Random(seed), Catalog("pl", charset="utf-8"), {}, 0
    for _ in range(8):
        messages = edited(messages, chance)
        before = whole(found)
        merge(found, template_of(messages))
        found = again(found)
        assert before <= whole(found)
        for message in (each for each in found if each.id and not any(strings(each))):
            count += 1
            forms = (f"{count}a", f"{count}b", f"{count}c")
            message.string = forms if message.pluralizable else forms[0]
    assert count > 8


def test_a_guess_that_no_source_uses_for_a_while_is_a_guess_when_it_comes_back(catalog: Path):
    catalog.write_text(HEADER + '# why\n#, fuzzy, python-format\nmsgid "%(n)s gone"\nmsgstr "%(n)s, chyba"\n')
    update()
    obsolete = catalog.read_text()
    assert obsolete.endswith(
        '# why\n#, fuzzy, python-format\n#~ msgid "%(n)s gone"\n#~ msgstr "%(n)s, chyba"\n\n'
    )
    update()
    assert catalog.read_text() == obsolete

    Path("app/a.py").write_text('_("%(n)s gone")\n')
    update()
    assert '#, fuzzy, python-format\nmsgid "%(n)s gone"\nmsgstr "%(n)s, chyba"\n' in catalog.read_text()
    compile()
    assert compiled().gettext("%(n)s gone") == "%(n)s gone"


def test_what_a_message_was_before_does_not_become_a_comment(catalog: Path):
    """msgmerge of GNU gettext writes that."""
    catalog.write_text(HEADER + '#| msgctxt "x"\n#| msgid "Hallo"\n#, fuzzy\nmsgid "Hello"\nmsgstr "Cześć"\n')
    update()
    assert "Hallo" not in catalog.read_text()
    assert '#, fuzzy\nmsgid "Hello"\nmsgstr "Cześć"\n' in catalog.read_text()


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ('msgid "a"\nmsgstr "1"\n\nmsgid ""\n"a"\nmsgstr "2"\n', "line 10: cannot read the catalog: 'a' is there already, in line 7"),
        ('msgid "a"\nmsgstr "1"\n\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] ""\n', "line 10: cannot read the catalog: 'a' is there already, in line 7"),
        ('#~ msgid "a"\n#~ msgstr "1"\n\n#~ msgid "a"\n#~ msgstr "2"\n', "line 10: cannot read the catalog: 'a' is there already, in line 7"),
        ('msgctxt "x"\nmsgid "a"\nmsgstr "1"\nmsgctxt "x"\nmsgid "a"\nmsgstr "1"\n', "line 10: cannot read the catalog: 'a' is there already, in line 7"),
        ('msgid "a"\nmsgstr "1"\nmsgstr "2"\n', "line 9: cannot read the catalog: the message of line 7 has a 'msgstr' already"),
    ],
)  # fmt: skip
def test_a_message_that_is_there_twice_is_refused(catalog: Path, entries: str, said: str):
    catalog.write_text(HEADER + entries)
    with pytest.raises(BuildError) as caught:
        update()
    assert str(caught.value) == f"{POLISH.source}, {said}. Keep one of them."
    assert catalog.read_text() == HEADER + entries


def test_messages_of_other_contexts_and_obsolete_ones_are_not_there_twice(catalog: Path):
    entries = ('msgid "a"', 'msgctxt "x"\nmsgid "a"', 'msgctxt ""\nmsgid "a"', '#~ msgid "a"')
    catalog.write_text(
        HEADER + "".join(f'{each}\n{"#~ " * (each[0] == "#")}msgstr "1"\n\n' for each in entries)
    )
    assert len([message for message in read(catalog, "pl") if message.id]) == 3
