"""The table of events. An event outlives what it tells of, so it names projects and people in words too."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from warehouse.db import Base


class Event(Base):
    """One thing that happened; `detail` never holds a secret."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_kind_created", "kind", "created"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    created: Mapped[datetime] = mapped_column(server_default=func.now())
    kind: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    username: Mapped[str] = mapped_column(server_default="")  # as it was typed, where nobody was logged in
    project: Mapped[str | None] = mapped_column(index=True)  # normalized name
    address: Mapped[str] = mapped_column(server_default="")  # of the client; of one of IPv6 its network
    detail: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
