"""Classifiers are those of the package, and what an upload names must be one of them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.warehouse.factories import make_project
from warehouse.classifiers.models import Classifier
from warehouse.classifiers.services import synchronize, unknown_classifiers, used_classifiers

GAMES = "Topic :: Games/Entertainment"


def test_before_a_synchronization_all_are_allowed(db: Session):
    assert unknown_classifiers(db, ["Made :: Up"]) == []


def test_what_the_package_knows_is_allowed(db: Session):
    db.add(Classifier(name="Dropped :: Long Ago"))
    assert synchronize(db) == synchronize(db) > 800
    assert unknown_classifiers(db, []) == []
    assert unknown_classifiers(db, [GAMES]) == []
    assert unknown_classifiers(db, ["Made :: Up", GAMES, "Dropped :: Long Ago"]) == [
        "Dropped :: Long Ago",
        "Made :: Up",
    ]
    deprecated = db.scalar(select(Classifier.name).where(Classifier.is_deprecated).limit(1))
    assert unknown_classifiers(db, [deprecated]) == [deprecated]


def test_what_is_private_is_not_uploaded_by_mistake(db: Session):
    assert unknown_classifiers(db, ["Private :: Do Not Upload", GAMES]) == ["Private :: Do Not Upload"]


def test_the_filter_offers_what_is_used(db: Session):
    assert used_classifiers(db) == []
    for name in ("one", "two"):
        make_project(db, name).classifiers = [GAMES]
    db.flush()
    assert used_classifiers(db) == [GAMES]
