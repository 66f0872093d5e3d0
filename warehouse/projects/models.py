"""The tables of projects, releases, files and roles.

A project carries the face it shows in lists (`summary`, `latest_version`, `updated`), kept by
`services.refresh_project`, so that no list has to look through releases. Its `serial` grows with every change
and is drawn while the project's row is locked: equal serials mean an equal simple page. Deletions have serials, too.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Sequence,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy.dialects.postgresql import CITEXT, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from warehouse.accounts.models import User
from warehouse.db import Base
from warehouse.projects.identities import identity_of

# PEP 503; written as PostgreSQL prints it back, so that `alembic check` sees no difference.
NORMALIZED_NAME = "lower(regexp_replace(name, '[-_.]+'::text, '-'::text, 'g'::text))"
SEARCHED_TEXT = (
    "to_tsvector('english'::regconfig, ((((name || ' '::text) || summary) || ' '::text) || search_words))"
)
PROJECT_NAME = "^([A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9])$"  # PEP 508, without regard to case
LOOKALIKE_NAME = (
    "translate(lower(regexp_replace(name, '[-_.]+'::text, ''::text, 'g'::text)), 'lio'::text, '110'::text)"
)
SERIAL = Sequence("project_serial", metadata=Base.metadata)


class Project(Base):
    """A name in the index and the face it shows in lists."""

    __tablename__ = "projects"
    __table_args__ = (
        CheckConstraint(f"name ~* '{PROJECT_NAME}'", name="name"),
        Index(
            "ix_projects_normalized_name_trigram",
            "normalized_name",
            postgresql_using="gin",
            postgresql_ops={"normalized_name": "gin_trgm_ops"},
        ),
        Index("ix_projects_classifiers", "classifiers", postgresql_using="gin"),
        Index("ix_projects_searched_text", "searched_text", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str]
    normalized_name: Mapped[str] = mapped_column(Computed(NORMALIZED_NAME, persisted=True), unique=True)
    lookalike_name: Mapped[str] = mapped_column(Computed(LOOKALIKE_NAME, persisted=True), index=True)
    summary: Mapped[str] = mapped_column(server_default="")
    search_words: Mapped[str] = mapped_column(server_default="", deferred=True)  # see `indexing`
    classifiers: Mapped[list[str]] = mapped_column(server_default="{}", deferred=True)  # see `indexing`
    latest_version: Mapped[str | None]
    searched_text: Mapped[str] = mapped_column(
        TSVECTOR, Computed(SEARCHED_TEXT, persisted=True), deferred=True, deferred_raiseload=True
    )
    serial: Mapped[int] = mapped_column(server_default=SERIAL.next_value(), index=True)
    created: Mapped[datetime] = mapped_column(server_default=func.now())
    updated: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)

    releases: Mapped[list["Release"]] = relationship(back_populates="project", passive_deletes=True)
    latest: Mapped["Release | None"] = relationship(
        primaryjoin="and_(foreign(Project.id) == remote(Release.project_id),"
        " foreign(Project.latest_version) == remote(Release.version))",
        viewonly=True,
    )
    roles: Mapped[list["Role"]] = relationship(back_populates="project", passive_deletes=True)


class Role(Base):
    """Who may do what to a project."""

    __tablename__ = "roles"
    __table_args__ = (CheckConstraint("name IN ('owner', 'maintainer')", name="name"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    name: Mapped[str]

    project: Mapped[Project] = relationship(back_populates="roles")
    user: Mapped[User] = relationship()


class Release(Base):
    """A version of a project, with what its first file said about it."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("project_id", "canonical_version"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    version: Mapped[str]
    canonical_version: Mapped[str]  # 1.0 and 1.0.0 are one release
    summary: Mapped[str] = mapped_column(server_default="")
    description: Mapped[str] = mapped_column(server_default="", deferred=True)
    description_content_type: Mapped[str] = mapped_column(server_default="")
    description_html: Mapped[str | None] = mapped_column(deferred=True)  # see `descriptions`
    rendered_by: Mapped[str | None]
    requires_python: Mapped[str | None]
    core_metadata: Mapped[dict[str, Any]] = mapped_column(server_default="{}", deferred=True)
    yanked: Mapped[bool] = mapped_column(server_default=false())
    yanked_reason: Mapped[str] = mapped_column(server_default="")
    created: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)

    project: Mapped[Project] = relationship(back_populates="releases")
    files: Mapped[list["File"]] = relationship(
        back_populates="release", passive_deletes=True, order_by="File.filename"
    )


def _identity(context: Any) -> str:
    return identity_of(context.get_current_parameters()["filename"])


class File(Base):
    """One uploaded distribution; `path` is its place in the file store and in `/packages/`."""

    __tablename__ = "files"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"), index=True)
    uploader_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    filename: Mapped[str] = mapped_column(CITEXT, unique=True)
    identity: Mapped[str] = mapped_column(unique=True, default=_identity)
    path: Mapped[str] = mapped_column(unique=True)
    packagetype: Mapped[str]
    python_version: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    blake2_256: Mapped[str]
    metadata_faults: Mapped[list[str]] = mapped_column(server_default="{}")  # why which field was not taken
    metadata_sha256: Mapped[str | None]  # of the METADATA stored beside a wheel (PEP 658)
    uploaded: Mapped[datetime] = mapped_column(server_default=func.now())

    release: Mapped[Release] = relationship(back_populates="files")


class Retired(Base):
    """A version that was deleted, or a name with all its versions (the version ""): nobody has it again."""

    __tablename__ = "retired"

    name: Mapped[str] = mapped_column(primary_key=True)  # normalized
    canonical_version: Mapped[str] = mapped_column(primary_key=True)
    serial: Mapped[int] = mapped_column(server_default=SERIAL.next_value(), index=True)
    retired: Mapped[datetime] = mapped_column(server_default=func.now())
