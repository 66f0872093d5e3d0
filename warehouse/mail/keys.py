"""The keys in mailed links, each for one purpose: they prove who follows a link.

A key holds the state of the person at the time. What it is for changes that state, so that it works once, and
anything else that changes it (another address, another password) makes it worthless.
"""

import hashlib
import hmac
import time

from sqlalchemy.orm import Session
from webob.cookies import JSONSerializer, SignedSerializer

from warehouse.accounts.models import User
from warehouse.settings import Settings

SECONDS = {"verify": 365 * 24 * 3600, "reset": 3600}  # how long a key is good, by its purpose
PLACE = "-KEY-"  # stands for the key in the address of a job: the key itself is in no queue and no log


def make_key(settings: Settings, user: User, purpose: str) -> str:
    """Return a new key."""
    return _serializer(settings, purpose).dumps([user.id, _state(user, purpose), int(time.time())]).decode()


def owner_of_key(session: Session, settings: Settings, key: str, purpose: str) -> User | None:
    """Return the person a key was made for, locked until the transaction ends; None if it is not good, or no more."""
    try:
        number, state, made = _serializer(settings, purpose).loads(key.encode())
    except ValueError:
        return None
    user = session.get(User, number, with_for_update=True)
    if user is None or not user.is_active or time.time() - made > SECONDS[purpose]:
        return None
    return user if hmac.compare_digest(state, _state(user, purpose)) else None


def _serializer(settings: Settings, purpose: str) -> SignedSerializer:
    return SignedSerializer(settings.secret, f"mail {purpose}", serializer=JSONSerializer())


def _state(user: User, purpose: str) -> str:
    state = f"{user.email} {user.email_verified}"
    if purpose == "reset":
        state = f"{user.email} {user.sessions_key} {user.password_hash}"
    return hashlib.sha256(state.encode()).hexdigest()
