"""A token is shown once, stored as a digest, recognized and revoked."""

from base64 import b64encode

import pytest
from sqlalchemy.orm import Session

from tests.warehouse.factories import basic, make_user
from warehouse.errors import WarehouseError
from warehouse.tokens.services import create_token, digest_token, recognize, revoke, token_of_header


def test_a_token_is_recognized_and_its_use_remembered(db: Session):
    token, text = create_token(db, "secret", make_user(db))
    assert recognize(db, "secret", text) is token
    db.flush()
    assert token.last_used is not None


def test_a_token_is_stored_as_a_digest_only(db: Session):
    token, text = create_token(db, "secret", make_user(db))
    assert text.startswith("warehouse-")
    assert token.digest == digest_token("secret", text)
    assert text.encode() not in token.digest


def test_two_tokens_differ(db: Session):
    user = make_user(db)
    assert create_token(db, "secret", user)[1] != create_token(db, "secret", user)[1]


@pytest.mark.parametrize(("secret", "text"), [("secret", "warehouse-other"), ("other", None)])
def test_another_text_or_secret_is_not_recognized(db: Session, secret: str, text: str | None):
    _, made = create_token(db, "secret", make_user(db))
    assert recognize(db, secret, text or made) is None


def test_a_revoked_token_is_worthless(db: Session):
    token, text = create_token(db, "secret", make_user(db))
    revoke(db, token.id)
    db.flush()
    assert recognize(db, "secret", text) is None


def test_an_unknown_token_cannot_be_revoked(db: Session):
    with pytest.raises(WarehouseError) as error:
        revoke(db, 12)
    assert str(error.value) == "there is no token 12. See 'doit manage token list'."


def test_basic_authentication_carries_a_token():
    assert token_of_header(basic("warehouse-x:y")["Authorization"]) == "warehouse-x:y"
    assert token_of_header(basic("x")["Authorization"].replace("Basic", "BASIC")) == "x"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Bearer x",
        "Basic ***",
        "Basic ä",
        "Basic " + b64encode(b"\xff\xfe").decode(),
        basic("password", "alice")["Authorization"],
    ],
)
def test_any_other_header_carries_none(header: str | None):
    assert token_of_header(header) is None
