"""People are added once and found again."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from sqlalchemy.orm import Session

from warehouse.accounts.services import add_user, find_user
from warehouse.errors import WarehouseError


def test_a_person_is_added_and_found_in_any_case(db: Session):
    user = add_user(db, "Ann", "ann@example.org")
    assert find_user(db, "aNN") is user


@pytest.mark.parametrize("username", ["", "-ann", "ann.", "a b", "ann\n", "änn"])
def test_a_bad_name_is_refused(db: Session, username: str):
    with pytest.raises(WarehouseError) as error:
        add_user(db, username, "ann@example.org")
    assert str(error.value) == (
        f"'{username}' is not a user name. Use letters, digits, '.', '_' and '-', a letter or digit at both ends."
    )


@pytest.mark.parametrize("email", ["o'ann+x=1@sub.example-1.org", "a@localhost", f"{'a' * 64}@b"])
def test_an_address_that_is_taken_is_one_of_mails(db: Session, email: str):
    message = EmailMessage(policy=SMTP)
    message["To"] = add_user(db, "ann", email).email
    assert [each.addr_spec for each in message["To"].addresses] == [email]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "ann@",
        "a b@c",
        "a@b,c",
        "<a@b>",
        ".a@b",
        "a..b@c",
        "a@-b",
        "a@b.",
        "é@b",
        "a\0@b",
        f"{'a' * 65}@b",
    ],
)
def test_a_bad_address_is_refused(db: Session, email: str):
    with pytest.raises(WarehouseError) as error:
        add_user(db, "ann", email)
    assert str(error.value) == f"'{email}' is not an email address. Write it as 'name@host'."


@pytest.mark.parametrize(("username", "email"), [("ANN", "other@example.org"), ("bob", "Ann@example.org")])
def test_a_taken_name_or_address_is_refused(db: Session, username: str, email: str):
    add_user(db, "ann", "ann@example.org")
    with pytest.raises(WarehouseError) as error:
        add_user(db, username, email)
    assert (
        str(error.value) == f"a user named '{username}' or with the address '{email}' exists. Choose another."
    )


def test_an_unknown_person_is_a_sentence(db: Session):
    with pytest.raises(WarehouseError) as error:
        find_user(db, "nobody")
    assert str(error.value) == "there is no user 'nobody'. Add one with 'doit manage user add'."
