"""What was signed is verified, and nothing else."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readme_images.signing import DEVELOPMENT_KEY, LONGEST, fingerprint, is_strong, signed, verified

KEY = "k" * 32
ADDRESS = "https://example.org/ü.png?a=1&b=2"


def halves(address: str, key: str = KEY) -> tuple[str, str]:
    """Return digest and hexadecimal digits of a signed address."""
    digest, hex = (
        signed("https://camo.example", key, address).removeprefix("https://camo.example/").split("/")
    )
    return digest, hex


def test_the_address_of_the_proxy_is_base_digest_and_digits():
    data = ADDRESS.encode()
    digest = hmac.new(KEY.encode(), data, hashlib.sha256).hexdigest()
    assert signed("https://camo.example", KEY, ADDRESS) == f"https://camo.example/{digest}/{data.hex()}"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400), st.text(min_size=1))
def test_what_is_signed_is_verified_with_the_same_key_alone(address, key):
    key = key.encode("utf-8", "replace").decode()
    assert verified(key, *halves(address, key)) == address
    assert verified(key + "x", *halves(address, key)) is None


def flipped(text: str, place: int) -> str:
    return text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]


@pytest.mark.parametrize("place", range(0, 64, 7))
def test_each_digit_counts(place):
    digest, hex = halves(ADDRESS)
    assert verified(KEY, flipped(digest, place), hex) is None
    assert verified(KEY, digest, flipped(hex, place)) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda digest, hex: (digest.upper(), hex),
        lambda digest, hex: (digest, hex.upper()),
        lambda digest, hex: (digest[:-1], hex),
        lambda digest, hex: (digest + "0", hex),
        lambda digest, hex: (digest + "\n", hex),
        lambda digest, hex: (digest, hex + "\n"),
        lambda digest, hex: (digest, hex[:-1]),
        lambda digest, hex: (digest, hex + "00"),
        lambda digest, hex: (digest, " " + hex),
        lambda digest, hex: (digest, ""),
        lambda digest, hex: ("", hex),
        lambda digest, hex: ("ü" * 64, hex),
        lambda digest, hex: (digest, "٠" * 8),
        lambda digest, hex: (hex, digest),
    ],
)
def test_any_other_form_is_not_verified(change):
    assert verified(KEY, *change(*halves(ADDRESS))) is None


def test_an_address_of_the_greatest_length_is_verified_and_no_longer_one():
    assert verified(KEY, *halves("h" * LONGEST)) == "h" * LONGEST
    assert verified(KEY, *halves("h" * (LONGEST + 1))) is None


def test_what_is_not_a_text_is_not_verified():
    data = b"https://example.org/\xff"
    assert verified(KEY, hmac.new(KEY.encode(), data, "sha256").hexdigest(), data.hex()) is None


def test_half_a_character_is_signed_as_a_question_mark():
    assert verified(KEY, *halves("https://h/\ud800")) == "https://h/?"


@pytest.mark.parametrize(("key", "is_good"), [(DEVELOPMENT_KEY, False), ("k" * 31, False), (KEY, True)])
def test_production_needs_a_key_of_its_own(key, is_good):
    assert is_strong(key) is is_good


def test_a_fingerprint_tells_keys_apart_and_verifies_nothing():
    assert fingerprint(KEY) == fingerprint(KEY) != fingerprint(KEY + "x")
    assert len(fingerprint(KEY)) == 16
    assert verified(KEY, fingerprint(KEY), b"fingerprint".hex()) is None
