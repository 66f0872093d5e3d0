"""Catalogs with the real Babel: extraction, merging, compiling, and what is never shown."""

import gettext
import json
import os
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.catalogs import Catalogs
from buildgraph.rooms.catalogs.__main__ import main

CATALOGS = Catalogs(
    domain="site",
    locale="locale",
    codes=("pl",),
    sources={"python": "app/**.py", "javascript": "static/**.js"},
    python="python",
    scripts="out",
)
POLISH = CATALOGS.language("pl")
HEADER = (
    'msgid ""\nmsgstr ""\n"Language: pl\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"\n\n'
)


def update() -> None:
    main(CATALOGS.update[3:])


def compile() -> None:
    main(POLISH.compile[3:])


def read() -> gettext.GNUTranslations:
    with Path(POLISH.binary).open("rb") as file:
        return gettext.GNUTranslations(file)


@pytest.fixture
def catalog(project: Path) -> Path:
    """An empty Polish catalog in a project with one Python and one JavaScript file."""
    for path, text in (
        ("app/a.py", '_("Hello")\n'),
        ("static/site.js", 'ngettext("%(count)s file", "%(count)s files", 2);\n'),
    ):
        (project / path).parent.mkdir()
        (project / path).write_text(text)
    path = project / POLISH.source
    path.parent.mkdir(parents=True)
    path.write_text(HEADER)
    return path


def test_messages_are_extracted_and_translations_kept(catalog: Path):
    update()
    catalog.write_text(
        catalog.read_text().replace('msgid "Hello"\nmsgstr ""', 'msgid "Hello"\nmsgstr "Cześć"')
    )
    update()
    text = catalog.read_text()
    assert 'msgstr "Cześć"' in text
    assert 'msgid_plural "%(count)s files"' in text
    assert "POT-Creation-Date" not in text
    before = text
    update()
    assert catalog.read_text() == before, "a second run changes nothing"


def test_what_is_to_be_translated_is_named_with_its_place(catalog: Path, capsys: pytest.CaptureFixture[str]):
    update()
    assert capsys.readouterr().out == f"{POLISH.source}: 2 messages, shown as the sources have them\n"

    catalog.write_text(catalog.read_text("utf-8").replace('"Hello"\nmsgstr ""', '"Hello"\nmsgstr "Witaj"'))
    Path("app/a.py").write_text("".join(f'_("{text}")\n' for text in ("Hello", "Hellos", *"abcdef")))
    update()
    first, guessed, *empty, last = capsys.readouterr().out.splitlines()
    lines = catalog.read_text("utf-8").splitlines()
    assert first == f"{POLISH.source}: 9 messages, 8 to translate"
    place, _, said = guessed.partition(": ")
    assert said == "'Hellos' has a guess: correct it, and delete its '#, fuzzy'"
    assert lines[int(place.rpartition(":")[2]) - 1] == 'msgid "Hellos"'
    assert [each.partition(": ")[2] for each in empty] == [f"'{each}' has no translation" for each in "abcd"]
    assert last == "  and 3 more"


def test_what_no_source_says_any_more_is_kept_as_obsolete_reaches_no_program_and_comes_back(catalog: Path):
    catalog.write_text(HEADER + 'msgid "Gone"\nmsgstr "Nie ma"\n')
    update()
    assert catalog.read_text().endswith('#~ msgid "Gone"\n#~ msgstr "Nie ma"\n\n')
    before = catalog.read_text()
    update()
    assert catalog.read_text() == before
    compile()
    assert read().gettext("Gone") == "Gone"

    Path("app/a.py").write_text('_("Hello")\n_("Gone")\n')
    update()
    assert "#~" not in catalog.read_text()
    compile()
    assert read().gettext("Gone") == "Nie ma"


def test_a_binary_catalog_does_not_say_when_it_was_made(catalog: Path):
    catalog.write_text(HEADER + 'msgid "Hello"\nmsgstr "Czesc"\n')
    compile()
    assert read().info()["pot-creation-date"] == "1980-01-01 00:00+0000"


def test_an_obsolete_message_without_a_translation_is_dropped(catalog: Path):
    catalog.write_text(HEADER + 'msgid "Gone"\nmsgstr ""\n\n#~ msgid "Older"\n#~ msgstr ""\n')
    update()
    assert "Gone" not in catalog.read_text() and "Older" not in catalog.read_text()


@pytest.mark.parametrize("pattern", ["src/**.py", "app/**.pyx", "**.pyx", "app/b.py"])
def test_a_pattern_that_fits_no_file_is_refused_and_the_catalogs_stay(catalog: Path, pattern: str):
    catalog.write_text(HEADER + 'msgid "Hello"\nmsgstr "Cześć"\n')
    before = catalog.read_text()
    wrong = Catalogs("site", "locale", ("pl",), {"javascript": "static/**.js", "python": pattern}, "python")
    with pytest.raises(BuildError) as caught:
        main(wrong.update[3:])
    assert str(caught.value) == (
        f"'{pattern}', the pattern of 'python', fits no file. "
        "Correct it in dodo.py, as Babel writes patterns ('app/**.py'), or take it out. Nothing was written."
    )
    assert catalog.read_text() == before


@pytest.mark.parametrize("pattern", ["**.py", "*.py", "./app/**.py", "app/a.py", "*/a.py", "app/?.py"])
def test_a_pattern_may_begin_at_the_top(catalog: Path, pattern: str):
    for path in ("node_modules/x/b.py", ".venv/b.py", "top.py"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text('_("Other")\n' if path != "top.py" else '_("Top")\n')
    main(Catalogs("site", "locale", ("pl",), {"python": pattern}, "python").update[3:])
    said = catalog.read_text()
    assert ('#: app/a.py\nmsgid "Hello"' in said) == (pattern != "*.py")
    assert ('#: top.py\nmsgid "Top"' in said) == (pattern in ("**.py", "*.py"))
    assert "Other" not in said


CALLS = {
    'pgettext("menu", "A")': 'msgctxt "menu"\nmsgid "A"\n',
    'npgettext("menu", "A", "As", n)': 'msgctxt "menu"\nmsgid "A"\nmsgid_plural "As"\n',
    'lazy_gettext("A")': '\nmsgid "A"\n',
    'lazy_ngettext("A", "As", n)': 'msgid "A"\nmsgid_plural "As"\n',
    'lazy_pgettext("menu", "A")': 'msgctxt "menu"\nmsgid "A"\n',
    'gettext_lazy("A")': '\nmsgid "A"\n',
    'ngettext_lazy("A", "As", n)': 'msgid "A"\nmsgid_plural "As"\n',
    'pgettext_lazy("menu", "A")': 'msgctxt "menu"\nmsgid "A"\n',
    'npgettext_lazy("menu", "A", "As", n)': 'msgctxt "menu"\nmsgid "A"\nmsgid_plural "As"\n',
    'N_("A")': '\nmsgid "A"\n',
}


@pytest.mark.parametrize("call", CALLS)
def test_the_functions_of_common_frameworks_are_known(catalog: Path, call: str):
    Path("app/a.py").write_text(f"{call}\n")
    update()
    assert CALLS[call] in catalog.read_text()


def test_messages_of_different_contexts_keep_their_translations_apart(catalog: Path):
    Path("static/site.js").write_text(
        'pgettext("verb", "Book"); pgettext("thing", "Book"); gettext("Book");\n'
    )
    update()
    said = catalog.read_text("utf-8")
    for context, text in (
        ('msgctxt "verb"\n', "Rezerwuj"),
        ('msgctxt "thing"\n', "Książka"),
        ("js\n", "Inna"),
    ):
        said = said.replace(f'{context}msgid "Book"\nmsgstr ""', f'{context}msgid "Book"\nmsgstr "{text}"')
    catalog.write_text(said, "utf-8")
    compile()
    assert read().pgettext("verb", "Book") == "Rezerwuj"
    messages = json.loads(Path(POLISH.messages).read_text("utf-8"))["messages"]
    assert messages == {"verb\x04Book": ["Rezerwuj"], "thing\x04Book": ["Książka"], "Book": ["Inna"]}


def test_whole_translations_reach_the_application_and_its_scripts(catalog: Path):
    catalog.write_text(
        HEADER
        + 'msgid "Hello"\nmsgstr "Cześć"\n\n#: static/site.js\nmsgid "%(count)s file"\n'
        + 'msgid_plural "%(count)s files"\nmsgstr[0] "%(count)s plik"\nmsgstr[1] "%(count)s pliki"\n'
        + 'msgstr[2] "%(count)s plików"\n'
    )
    compile()
    assert read().gettext("Hello") == "Cześć"
    assert [read().ngettext("%(count)s file", "", n) % {"count": n} for n in (1, 2, 5)] == [
        "1 plik",
        "2 pliki",
        "5 plików",
    ]
    found = json.loads(Path(POLISH.messages).read_text("utf-8"))
    assert found["messages"] == {"%(count)s file": ["%(count)s plik", "%(count)s pliki", "%(count)s plików"]}
    assert found["plural"].startswith("(n==1 ?")


@pytest.mark.parametrize(
    "entry",
    [
        '#, fuzzy\nmsgid "Hello"\nmsgstr "Chyba"\n',
        'msgid "Hello"\nmsgstr ""\n',
        'msgid "Hello"\nmsgid_plural "Hellos"\nmsgstr[0] "Chyba"\nmsgstr[1] ""\nmsgstr[2] "Chyba"\n',
    ],
)
def test_fuzzy_empty_and_half_translations_are_never_shown(catalog: Path, entry: str):
    catalog.write_text(HEADER + "#: static/site.js\n" + entry)
    compile()
    assert read().gettext("Hello") == "Hello"
    assert read().ngettext("Hello", "Hellos", 2) == "Hellos"
    assert "Chyba" not in Path(POLISH.messages).read_text("utf-8")


def test_a_translation_with_a_value_of_its_own_is_refused(catalog: Path):
    catalog.write_text(HEADER + 'msgid "Use %(count)s"\nmsgstr "Użyj %(liczba)s"\n')
    with pytest.raises(BuildError, match=r"has %\(liczba\)s, but its message 'Use %\(count\)s' does not"):
        compile()


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('msgid "Use %(count)s"\nmsgstr "Użyj %(liczba)s"\n', 2, 14),
        ('msgid ""\n"Use %(count)s"\nmsgstr ""\n"Użyj "\n"%(liczba)s"\n', 5, 2),
        ('#| msgid "x"\nmsgctxt "c"\nmsgid "Use %(count)s"\nmsgstr "%(liczba)s"\n', 4, 9),
        (
            'msgid "%(count)s file"\nmsgid_plural "%(count)s files"\n'
            'msgstr[0] "a"\nmsgstr[1] "b"\nmsgstr[2] "%(liczba)s"\n',
            5,
            12,
        ),
    ],
)
def test_the_place_of_a_wrong_value_is_that_in_the_translation(
    catalog: Path, text: str, line: int, column: int
):
    catalog.write_text(HEADER + text)
    with pytest.raises(BuildError) as raised:
        compile()
    at = HEADER.count("\n") + line
    assert raised.value.where.endswith(f".po, line {at}, column {column}")
    assert raised.value.hint == "It may have %(count)s."


def test_a_damaged_catalog_is_one_sentence(catalog: Path):
    catalog.write_text(HEADER + "nonsense\n")
    with pytest.raises(BuildError, match="cannot read the catalog"):
        compile()


@pytest.mark.parametrize(
    "text",
    [
        'msgstr "Cześć',
        'msgstr ""\n"Cześć',
        'msgstr "Cze"ść"',
        'msgstr "Cześć\\"',
        'msgstr[0] "x',
        'msgstr Cześć"',
        "msgstr Cześć",
    ],
)
def test_a_text_that_is_not_in_its_quotes_is_refused_with_its_line(catalog: Path, text: str):
    catalog.write_text(HEADER + f'msgid "Hello"\n{text}\n', "utf-8")
    line = (HEADER + f'msgid "Hello"\n{text}').count("\n") + 1
    with pytest.raises(
        BuildError,
        match=rf"site\.po, line {line}: .*not within one pair of quotes|not within one pair of quotes.*line {line}",
    ):
        compile()


def test_quotes_within_a_text_and_blanks_after_it_are_read(catalog: Path):
    catalog.write_text(HEADER + 'msgid "Hello"\nmsgstr "\\"Cześć\\\\" \r\n', "utf-8", newline="")
    compile()
    assert read().gettext("Hello") == '"Cześć\\'


def replaced(path: Path, old: str, new: str) -> None:
    """Edit a file in a way that keeps its size and its time."""
    before = path.stat()
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size and path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_source_of_equal_size_and_time_is_extracted_again(catalog: Path):
    update()

    replaced(Path("app/a.py"), "Hello", "Holla")
    update()

    assert 'msgid "Holla"' in catalog.read_text("utf-8") and "Hello" not in catalog.read_text("utf-8")


def test_a_catalog_of_equal_size_and_time_is_compiled_again(catalog: Path):
    catalog.write_text(HEADER + 'msgid "Hello"\nmsgstr "Czesc"\n')
    compile()

    replaced(catalog, "Czesc", "Witaj")
    compile()

    assert read().gettext("Hello") == "Witaj"


def test_a_catalog_with_a_byte_order_mark_is_read(catalog: Path):
    catalog.write_text("\ufeff" + HEADER + 'msgid "Hello"\nmsgstr "Witaj"\n', "utf-8")

    compile()

    assert read().gettext("Hello") == "Witaj"


def test_a_catalog_of_another_encoding_is_one_sentence(catalog: Path):
    catalog.write_bytes(HEADER.encode() + b'msgid "Hello"\nmsgstr "Cze\xb6\xe6"\n')

    with pytest.raises(BuildError) as caught:
        compile()
    assert str(caught.value) == "'locale/pl/LC_MESSAGES/site.po' is not UTF-8 (line 8). Save it as UTF-8."


def test_what_an_obsolete_message_was_before_is_passed_over(catalog: Path):
    """msgmerge of GNU gettext writes that; Babel alone takes it for an error."""
    entry = '\nmsgid "Hello"\nmsgstr "Cześć"\n'
    catalog.write_text(
        HEADER + '#, fuzzy\n#~| msgid ""\n#~| "Old"\n#~ msgid "Older"\n#~ msgstr "Dawny"\n' + entry
    )
    compile()

    assert read().gettext("Hello") == "Cześć"
    assert read().gettext("Older") == "Older"


def test_an_application_whose_scripts_are_not_translated_has_no_messages_of_them(catalog: Path):
    catalog.write_text(HEADER + 'msgid "Hello"\nmsgstr "Cześć"\n')
    plain = Catalogs("site", "locale", ("pl",), {"python": "app/**.py"}, "python")
    language = plain.language("pl")
    main(language.compile[3:])

    assert read().gettext("Hello") == "Cześć"
    assert language.outputs == (POLISH.binary,)
    assert plain.messages == {}


def test_messages_of_scripts_without_a_translation_are_told(catalog: Path, capsys):
    whole = 'msgid "Hello"\nmsgstr "Cześć"\n\n'
    lacking = '#: static/site.js\nmsgid "Once"\nmsgstr ""\n\n#: static/site.js\n#, fuzzy\nmsgid "Twice"\nmsgstr "Chyba"\n'
    catalog.write_text(HEADER + whole + lacking)
    compile()
    assert (
        capsys.readouterr().out
        == f"2 of 2 messages of scripts without a translation: {POLISH.source}:11: 'Once' and others\n"
    )

    catalog.write_text(HEADER + lacking)
    compile()
    assert capsys.readouterr().out == "", "all of it is shown as the sources have it"


def lay(text: str) -> None:
    path = Path(POLISH.source)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_plural_rule_is_the_catalogs_own(project):
    lay(
        HEADER.replace(HEADER[HEADER.index("nplurals") : HEADER.index(";\\n")], "nplurals=2; plural=n > 7")
        + "\n"
    )

    compile()

    assert json.loads(Path(POLISH.messages).read_text())["plural"] == "n > 7"
    assert "nplurals=2; plural=n > 7" in read().info()["plural-forms"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "nplurals=2; plural=alert(1)",
            f"{POLISH.source}, line 3, column 28: 'alert(1)' is not a rule for the plural. It is an expression of n: 'n != 1'.",
        ),
        (
            "nplurals=x; plural=n",
            f"{POLISH.source}: cannot read the catalog: invalid literal for int() with base 10: 'x'. Correct the language's name, or the header.",
        ),
    ],
)
def test_a_plural_rule_that_is_not_one_is_named(project, header, message):
    lay(f'msgid ""\nmsgstr ""\n"Plural-Forms: {header};\\n"\n')

    with pytest.raises(BuildError) as caught:
        compile()

    assert str(caught.value) == message
