"""Names mean the same in all their spellings."""

import pytest
from sqlalchemy.orm import Session

from tests.warehouse.factories import make_project
from warehouse.projects.identities import identity_of, lookalike_of


@pytest.mark.parametrize(
    "filenames",
    [
        ("fnz-1-py3-none-any.whl", "fnz-1.0-py3-none-any.whl", "fnz-01-py3-none-any.whl", "fnz-v1-py3-none-any.whl"),
        ("a_b-1-py2.py3-none-any.whl", "A.B-1-py3.py2-none-any.whl"),
        ("a_b-1.0.tar.gz", "a-b-1.tar.gz"),
    ],
)  # fmt: skip
def test_spellings_of_one_file_are_equal(filenames: tuple[str, ...]):
    assert len({identity_of(name) for name in filenames}) == 1


def test_different_files_differ():
    names = ["a-1-py3-none-any.whl", "a-1-1-py3-none-any.whl", "a-1-1b-py3-none-any.whl", "a-1-py2-none-any.whl",
             "a-2-py3-none-any.whl", "a-1.tar.gz", "b-1.tar.gz"]  # fmt: skip
    assert len({identity_of(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ["a", "Foo.Bar_-baz", "l1IiO0o", "x--y"])
def test_the_database_computes_look_alikes_as_we_do(db: Session, name: str):
    project = make_project(db, name)
    assert project.lookalike_name == lookalike_of(name)
