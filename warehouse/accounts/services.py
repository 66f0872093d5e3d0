"""Adding and finding people."""

import re

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from warehouse.accounts.models import USERNAME, User
from warehouse.errors import WarehouseError


def add_user(session: Session, username: str, email: str) -> User:
    """Add a person; a bad or taken name or address is a WarehouseError."""
    if not re.fullmatch(USERNAME.strip("^$"), username):
        raise WarehouseError(
            f"'{username}' is not a user name",
            "Use letters, digits, '.', '_' and '-', a letter or digit at both ends.",
        )
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise WarehouseError(f"'{email}' is not an email address", "Write it as 'name@host'.")
    taken = select(User).where(or_(User.username == username, User.email == email))
    if session.scalars(taken).first():
        raise WarehouseError(
            f"a user named '{username}' or with the address '{email}' exists", "Choose another."
        )
    user = User(username=username, email=email)
    session.add(user)
    session.flush()
    return user


def find_user(session: Session, username: str) -> User:
    """Return the person of that name; an unknown one is a WarehouseError."""
    user = session.scalars(select(User).where(User.username == username)).first()
    if user is None:
        raise WarehouseError(f"there is no user '{username}'", "Add one with 'python -m warehouse user add'.")
    return user
