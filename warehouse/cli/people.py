"""`python -m warehouse user …` and `token …`."""

import sys

from sqlalchemy import select

from warehouse.accounts import services as accounts
from warehouse.accounts.models import User
from warehouse.accounts.passwords import LONGEST, SHORTEST
from warehouse.cli.session import open_session
from warehouse.errors import WarehouseError
from warehouse.projects.services import find_project
from warehouse.tokens import services as tokens
from warehouse.tokens.models import Token


def add_user(username: str, email: str) -> None:
    """Add a person."""
    with open_session() as (session, _):
        accounts.add_user(session, username, email)
    print(f"Added the user '{username}'.")


def list_users() -> None:
    """Print the people, one a line."""
    with open_session() as (session, _):
        for user in session.scalars(select(User).order_by(User.username)):
            print(f"{user.username}\t{user.email}")


def set_password(username: str) -> None:
    """Give a person the password on standard input: the command line shows in lists of processes."""
    password = sys.stdin.readline().rstrip("\n")
    if not SHORTEST <= len(password) <= LONGEST:
        hint = f"Give {SHORTEST} to {LONGEST} characters on standard input."
        raise WarehouseError("this is no password", hint)
    with open_session() as (session, _):
        accounts.set_password(accounts.find_user(session, username), password)
    print(f"Set the password of '{username}'.")


def make_admin(username: str) -> None:
    """Make a person an administrator."""
    with open_session() as (session, _):
        accounts.find_user(session, username).is_admin = True
    print(f"'{username}' is an administrator.")


def create_token(username: str, project: str | None, description: str) -> None:
    """Print a new token, and nothing else, so that a script can take it."""
    with open_session() as (session, settings):
        user = accounts.find_user(session, username)
        scope = find_project(session, project) if project else None
        if project and scope is None:
            what = f"there is no project '{project}'"
            raise WarehouseError(what, "A project exists from its first upload on.")
        _token, text = tokens.create_token(
            session, settings.secret, user, project=scope, description=description
        )
    print(text)


def list_tokens() -> None:
    """Print the tokens' numbers, people, scopes and purposes, one a line."""
    with open_session() as (session, _):
        for token in session.scalars(select(Token).order_by(Token.id)):
            scope = token.project.name if token.project else "everything"
            print(f"{token.id}\t{token.user.username}\t{scope}\t{token.description}")


def revoke_token(token_id: int) -> None:
    """Make a token worthless."""
    with open_session() as (session, _):
        tokens.revoke(session, token_id)
    print(f"Revoked the token {token_id}.")
