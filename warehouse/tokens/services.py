"""Making, recognizing and revoking API tokens.

A token is 256 random bits, so a plain keyed digest protects it at rest as well as a slow password hash would.
The lookup compares digests that nobody without the secret can steer, which leaves its timing nothing to tell.
"""

import hashlib
import hmac
import secrets
from base64 import b64decode

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from warehouse.accounts.models import User
from warehouse.errors import WarehouseError
from warehouse.projects.models import Project
from warehouse.tokens.models import Token

PREFIX = "warehouse-"  # lets scanners of public repositories recognize a leaked token
TOKEN_BYTES = 32
BASIC_USERNAME = "__token__"


def digest_token(secret: str, token: str) -> bytes:
    """Return the digest under which a token is stored; it changes with the application's secret."""
    return hmac.digest(secret.encode(), token.encode(), hashlib.sha256)


def create_token(
    session: Session, secret: str, user: User, *, project: Project | None = None, description: str = ""
) -> tuple[Token, str]:
    """Store a new token and return it with its text, which nothing can show again."""
    text = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    token = Token(user=user, project=project, description=description, digest=digest_token(secret, text))
    session.add(token)
    session.flush()
    return token, text


def recognize(session: Session, secret: str, text: str) -> Token | None:
    """Return the token that a text stands for, marked as used now; None for any other text."""
    token = session.scalars(select(Token).where(Token.digest == digest_token(secret, text))).first()
    if token is None or not token.user.is_active:
        return None
    token.last_used = func.now()
    return token


def tokens_of(session: Session, user: User) -> list[Token]:
    """Return the person's tokens, the newest first."""
    return list(session.scalars(select(Token).where(Token.user_id == user.id).order_by(Token.id.desc())))


def revoke(session: Session, token_id: int) -> None:
    """Delete a token; an unknown number is a WarehouseError."""
    token = session.get(Token, token_id)
    if token is None:
        raise WarehouseError(f"there is no token {token_id}", "See 'doit manage token list'.")
    session.delete(token)


def token_of_header(header: str | None) -> str | None:
    """Return the token in an `Authorization: Basic` header (RFC 7617), None when there is none."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, _, password = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:  # neither base64 nor UTF-8
        return None
    return password if username == BASIC_USERNAME else None
