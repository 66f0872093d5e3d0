"""A request's transaction ends with its response; what a failure has to undo is undone before the rollback."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.warehouse.factories import make_user
from warehouse.accounts.models import User
from warehouse.transactions import transaction_tween_factory


@pytest.fixture
def run(registry: Registry) -> Callable[[Callable[[Any], Response]], Response]:
    """Run a view in a transaction."""
    return lambda view: transaction_tween_factory(view, registry)(SimpleNamespace())


def count_users(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(User))


def answer(status: int, undone: list[int]) -> Callable[[Request], Response]:
    """Return a view that adds a user and registers an undoing that counts the users it still sees."""

    def view(request: Request) -> Response:
        make_user(request.db)
        request.on_abort(lambda: undone.append(count_users(request.db)))
        return Response(status=status)

    return view


@pytest.mark.parametrize("status", [200, 303])
def test_a_success_is_committed(run: Any, db: Session, status: int):
    undone: list[int] = []
    run(answer(status, undone))
    assert count_users(db) == 1
    assert undone == []


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_failure_is_undone_and_then_rolled_back(run: Any, db: Session, status: int):
    undone: list[int] = []
    run(answer(status, undone))
    assert undone == [1]
    assert count_users(db) == 0


def test_an_exception_is_undone_and_rolled_back(run: Any, db: Session):
    undone: list[int] = []

    def view(request: Request) -> Response:
        answer(200, undone)(request)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(view)
    assert undone == [1]
    assert count_users(db) == 0
