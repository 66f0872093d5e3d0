"""Adding and finding people, and who they are at the door."""

import re
import secrets

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from warehouse.accounts.models import USERNAME, User
from warehouse.accounts.passwords import hash_password, is_outdated, is_password
from warehouse.errors import WarehouseError

SESSIONS_KEY_BYTES = 16
ATOM, LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = rf"(?=[^@]{{1,64}}@.{{1,190}}$){ATOM}(\.{ATOM})*@{LABEL}(\.{LABEL})*"  # what every mail server takes


def add_user(session: Session, username: str, email: str) -> User:
    """Add a person for whose address an operator vouches; a bad or taken name or address is a WarehouseError."""
    if not is_username(username):
        hint = "Use letters, digits, '.', '_' and '-', a letter or digit at both ends."
        raise WarehouseError(f"'{username}' is not a user name", hint)
    if not is_email(email):
        raise WarehouseError(f"'{email}' is not an email address", "Write it as 'name@host'.")
    user = insert_user(session, username, email, email_verified=True)
    if user is None:
        what = f"a user named '{username}' or with the address '{email}' exists"
        raise WarehouseError(what, "Choose another.")
    return user


def insert_user(session: Session, username: str, email: str, **columns: bool) -> User | None:
    """Add a person in one statement; None if the name or address is taken, by somebody at the same moment too."""
    values = insert(User).values(username=username, email=email, **columns)
    return session.scalars(values.on_conflict_do_nothing().returning(User)).first()


def is_username(text: str) -> bool:
    """Tell whether a text has the form of a user name."""
    return bool(re.fullmatch(USERNAME.strip("^$"), text)) and len(text) <= 50


def is_email(text: str) -> bool:
    """Tell whether a text looks like an address; only a mail that arrives proves one."""
    return bool(re.fullmatch(EMAIL, text))


def is_taken(session: Session, username: str, email: str = "") -> bool:
    """Tell whether somebody has the name or the address."""
    query = select(User.id).where(or_(User.username == username, User.email == email))
    return session.scalars(query).first() is not None


def find_user(session: Session, username: str) -> User:
    """Return the person of that name; an unknown one is a WarehouseError."""
    user = session.scalars(select(User).where(User.username == username)).first()
    if user is None:
        raise WarehouseError(f"there is no user '{username}'", "Add one with 'doit manage user add'.")
    return user


def set_password(user: User, password: str) -> None:
    """Give a person a password; all sessions under an earlier one end."""
    user.password_hash = hash_password(password)
    user.sessions_key = secrets.token_urlsafe(SESSIONS_KEY_BYTES)


def authenticate(session: Session, username: str, password: str) -> User | None:
    """Return the active person with this name and password; None takes as long for any other reason."""
    user = session.scalars(select(User).where(User.username == username)).first()
    if not is_password(user.password_hash if user else None, password) or user is None or not user.is_active:
        return None
    if is_outdated(user.password_hash or ""):
        user.password_hash = hash_password(password)
    return user
