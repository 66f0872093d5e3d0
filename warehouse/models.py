"""All tables: importing this module completes `Base.metadata`, for migrations and relationships."""

from warehouse.accounts.models import User
from warehouse.db import Base
from warehouse.projects.models import File, Project, Release, Role
from warehouse.tokens.models import Token

__all__ = ["Base", "File", "Project", "Release", "Role", "Token", "User"]
