"""The tables of downloads. The service linehaul fills them, and nobody here: it may insert and update, and read the paths of files."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from warehouse.db import Base


class DownloadCount(Base):
    """How often a file was taken on a day (UTC) by an installer."""

    __tablename__ = "download_counts"

    file_id: Mapped[int] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    installer: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class DownloadSource(Base):
    """How far a file of a log has been read."""

    __tablename__ = "download_sources"

    source: Mapped[str] = mapped_column(primary_key=True)  # the digest of its first line
    bytes: Mapped[int]
