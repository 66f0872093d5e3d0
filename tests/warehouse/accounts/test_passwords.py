"""Passwords are Argon2id hashes; nothing tells a wrong name from a wrong password."""

from argon2 import PasswordHasher
from argon2.low_level import Type

from warehouse.accounts import passwords


def test_a_password_is_recognized():
    stored = passwords.hash_password("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert passwords.is_password(stored, "correct horse battery")
    assert not passwords.is_password(stored, "correct horse")


def test_nobody_has_a_password():
    assert not passwords.is_password(None, "")
    assert not passwords.is_password(None, "anything at all")


def test_a_damaged_hash_is_no_password():
    assert not passwords.is_password("$argon2id$damaged", "anything")


def test_hashes_of_other_parameters_are_outdated():
    assert not passwords.is_outdated(passwords.hash_password("word"))
    assert passwords.is_outdated(PasswordHasher(time_cost=3, memory_cost=64, type=Type.ID).hash("word"))
