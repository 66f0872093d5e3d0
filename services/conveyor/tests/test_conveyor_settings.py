"""Settings come from the environment; each mistake is one sentence."""

import pytest

from conveyor.settings import Settings, from_environment


def test_the_index_is_an_origin_and_documentation_has_a_domain():
    given = {"CONVEYOR_INDEX": "https://Index.example.org/", "CONVEYOR_DOCS_DOMAIN": "Docs.example.org"}
    assert from_environment(given) == Settings("https://index.example.org", "docs.example.org")
    assert from_environment({"CONVEYOR_INDEX": "http://[::1]:8000"}) == Settings("http://[::1]:8000", "")


HINT = "Write it as 'https://host' or 'https://host:port'."
DOMAIN_HINT = "Write it as 'docs.example.org'."


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, f"CONVEYOR_INDEX is not set. {HINT}"),
        ({"CONVEYOR_INDEX": "index.example.org"}, f"CONVEYOR_INDEX is 'index.example.org'. {HINT}"),
        ({"CONVEYOR_INDEX": "https://h/simple/"}, f"CONVEYOR_INDEX is 'https://h/simple/'. {HINT}"),
        ({"CONVEYOR_INDEX": "https://a@h"}, f"CONVEYOR_INDEX is 'https://a@h'. {HINT}"),
        ({"CONVEYOR_INDEX": "https://\u212a.org"}, f"CONVEYOR_INDEX is 'https://\u212a.org'. {HINT}"),
        ({"CONVEYOR_INDEX": "https://h:70000"}, f"CONVEYOR_INDEX is 'https://h:70000'. {HINT}"),
        ({"CONVEYOR_INDEX": "https://[::::]"}, f"CONVEYOR_INDEX is 'https://[::::]'. {HINT}"),
        ({"CONVEYOR_DOCS_DOMAIN": "\u212a.org"}, f"CONVEYOR_DOCS_DOMAIN is '\u212a.org'. {DOMAIN_HINT}"),
        ({"CONVEYOR_DOCS_DOMAIN": ".org"}, f"CONVEYOR_DOCS_DOMAIN is '.org'. {DOMAIN_HINT}"),
        ({"CONVEYOR_DOCS_DOMAIN": "a/b"}, f"CONVEYOR_DOCS_DOMAIN is 'a/b'. {DOMAIN_HINT}"),
        ({"CONVEYOR_DOCS_DOMAIN": "a.org:80"}, f"CONVEYOR_DOCS_DOMAIN is 'a.org:80'. {DOMAIN_HINT}"),
    ],
)
def test_a_mistake_ends_the_process_with_a_sentence(given, message):
    base = {} if not given or "CONVEYOR_INDEX" in given else {"CONVEYOR_INDEX": "https://h"}
    with pytest.raises(SystemExit) as ended:
        from_environment(base | given)
    assert str(ended.value) == message
