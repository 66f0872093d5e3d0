"""One session and one transaction for each request.

The transaction is committed when the response is a success or a redirect, and rolled back otherwise. What a
view does outside of the database (a stored file) registers its undoing with `request.on_abort`; those run
before the rollback, while the rows still hold their locks, so that nobody else can have taken the place of
what is undone. What may only happen once the rows are gone for good (removing a file) registers with
`request.on_commit`. pyramid_tm with zope.sqlalchemy serves any number of databases, but lets the locks go first.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import EXCVIEW
from sqlalchemy.orm import Session, sessionmaker

from warehouse.db import IMPATIENT, open_engine

FIRST_FAILURE_STATUS = 400
Handler = Callable[[Request], Response]  # what a tween is put around


def transaction_tween_factory(handler: Handler, registry: Any) -> Handler:
    """Wrap every request in a transaction; see the module's docstring."""

    def transaction_tween(request: Request) -> Response:
        session: Session = registry.sessions()
        committed = ExitStack()
        with ExitStack() as abort:
            abort.callback(session.close)  # first in, last out: the rollback comes after every undoing
            request.db = session
            request.on_abort = abort.callback
            request.on_commit = committed.callback
            response = handler(request)
            if response.status_code < FIRST_FAILURE_STATUS:
                session.commit()
                abort.pop_all()
                committed.close()
        session.close()
        return response

    return transaction_tween


def includeme(config: Configurator) -> None:
    """Give every request its session."""
    config.registry.engine = open_engine(config.registry.warehouse.database_url, IMPATIENT)
    config.registry.sessions = sessionmaker(config.registry.engine)
    config.add_tween("warehouse.transactions.transaction_tween_factory", under=EXCVIEW)
