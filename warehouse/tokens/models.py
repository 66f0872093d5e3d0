"""The table of API tokens: digests only, the token itself is shown once."""

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from warehouse.accounts.models import User
from warehouse.db import Base
from warehouse.projects.models import Project


class Token(Base):
    """What a tool may do for a person: everything, or uploads to one project."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    description: Mapped[str] = mapped_column(server_default="")
    digest: Mapped[bytes] = mapped_column(unique=True)
    created: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used: Mapped[datetime | None]

    user: Mapped[User] = relationship()
    project: Mapped[Project | None] = relationship()
