"""Settings come from the environment; each mistake is one sentence."""

import pytest

from camo.settings import from_environment
from readme_images.signing import DEVELOPMENT_KEY

HINT = (
    "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'; "
    "the index has the same as WAREHOUSE_CAMO_KEY."
)


def test_development_needs_no_settings():
    assert from_environment({}).key == DEVELOPMENT_KEY


def test_the_key_is_not_in_the_representation():
    given = {
        "CAMO_KEY": "k" * 32,
        "CAMO_MODE": "production",
        "CAMO_REFUSED": "198.51.100.0/24, 2001:db8::/32",
    }
    settings = from_environment(given)
    assert settings.key == "k" * 32 and "kkk" not in repr(settings)
    assert [str(network) for network in settings.refused] == ["198.51.100.0/24", "2001:db8::/32"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"CAMO_MODE": "test"}, "CAMO_MODE is 'test'. Set it to 'development' or 'production'."),
        ({"CAMO_MODE": "production"}, f"production mode needs a CAMO_KEY of 32 characters or more. {HINT}"),
        (
            {"CAMO_MODE": "production", "CAMO_KEY": "k" * 31},
            f"production mode needs a CAMO_KEY of 32 characters or more. {HINT}",
        ),
        (
            {"CAMO_MODE": "production", "CAMO_KEY": DEVELOPMENT_KEY},
            f"production mode needs a CAMO_KEY of 32 characters or more. {HINT}",
        ),
        (
            {"CAMO_REFUSED": "ours"},
            "CAMO_REFUSED is 'ours'. Name networks, as '198.51.100.0/24, 2001:db8::/32'.",
        ),
    ],
)
def test_a_mistake_ends_the_process_with_a_sentence(changes, message):
    with pytest.raises(SystemExit) as ended:
        from_environment(changes)
    assert str(ended.value) == message
