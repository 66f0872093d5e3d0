"""The tables of people and of their open sessions."""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Identity, false, func, true
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import Mapped, mapped_column

from warehouse.db import Base

LONGEST_SESSION = timedelta(days=30)  # however much it is used
USERNAME = "^[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?$"


class User(Base):
    """A person; names and addresses differ by more than upper and lower case."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint(f"username ~* '{USERNAME}'", name="username"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    username: Mapped[str] = mapped_column(CITEXT, unique=True)
    email: Mapped[str] = mapped_column(CITEXT, unique=True)
    created: Mapped[datetime] = mapped_column(server_default=func.now())
    password_hash: Mapped[str | None]  # None: cannot log in, tools and administrators can still act
    sessions_key: Mapped[str] = mapped_column(server_default="")  # a new one ends all sessions
    email_verified: Mapped[bool] = mapped_column(server_default=false())
    is_active: Mapped[bool] = mapped_column(server_default=true())
    is_admin: Mapped[bool] = mapped_column(server_default=false())


class OpenSession(Base):
    """A session that has not been ended; the cookie alone opens nothing."""

    __tablename__ = "sessions"

    key: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created: Mapped[datetime] = mapped_column(server_default=func.now())
