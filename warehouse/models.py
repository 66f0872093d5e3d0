"""All tables: importing this module completes `Base.metadata`, for migrations and relationships."""

import warehouse.accounts.models
import warehouse.classifiers.models
import warehouse.downloads.models
import warehouse.events.models
import warehouse.projects.models
import warehouse.tokens.models  # noqa: F401
from warehouse.db import Base

__all__ = ["Base"]
