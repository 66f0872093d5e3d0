"""The table of classifiers."""

from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import false

from warehouse.db import Base


class Classifier(Base):
    """A classifier; a deprecated one stays for the releases that have it and is refused at upload."""

    __tablename__ = "classifiers"

    name: Mapped[str] = mapped_column(primary_key=True)
    is_deprecated: Mapped[bool] = mapped_column(server_default=false())
