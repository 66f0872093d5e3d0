"""All tables: importing this module completes `Base.metadata`, for migrations and relationships."""

from warehouse.accounts.models import User
from warehouse.classifiers.models import Classifier
from warehouse.db import Base
from warehouse.events.models import Event
from warehouse.projects.models import File, Project, Release, RetiredFilename, Role
from warehouse.tokens.models import Token

__all__ = [
    "Base",
    "Classifier",
    "Event",
    "File",
    "Project",
    "Release",
    "RetiredFilename",
    "Role",
    "Token",
    "User",
]
