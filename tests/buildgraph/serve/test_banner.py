"""The banner is said once, when the application answers first."""

from buildgraph.serve import banner

from .harness import wait_until


def test_names_stand_in_a_column_and_pages_have_their_address():
    said = banner.text({"mail": "/_mail/", "sample data": "'doit db:sample'"}, "http://localhost:1")

    assert said == (
        "  mail         http://localhost:1/_mail/\n  sample data  'doit db:sample'\n  Ctrl-C ends it"
    )


def test_without_words_of_its_own_it_says_how_to_end():
    assert banner.text({}, "http://localhost:1") == "  Ctrl-C ends it"


def test_it_is_said_after_the_first_answer_and_not_again(serve):
    served = serve("--banner=mail=/_mail/", "--banner=words=a=b")
    served.wait_for_line("Ctrl-C ends it", 0)
    first = [line.rstrip("\n") for line in served.lines]
    place = next(number for number, line in enumerate(first) if "answers after" in line)
    assert first[place + 1 : place + 4] == [
        f"  mail   http://127.0.0.1:{served.port}/_mail/",
        "  words  a=b",
        "  Ctrl-C ends it",
    ]

    (served.folder / "app/words.py").write_text("WORD = 'two'\n")

    wait_until(lambda: served.boots > 1, "another start")
    assert served.output.count("Ctrl-C ends it") == 1
