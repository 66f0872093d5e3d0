"""Whatever is uploaded, the web process answers in time, to others as well, and holds no more memory than before.

300 of the cases that `bench/application/fuzz.py` makes, over HTTP, to a process as production runs it.
"""

import itertools
import sys

from hypothesis import given

from tests.e2e.application.conftest import Place
from tests.e2e.application.hostile.attack import Asked, attack, others, read_everything
from tests.e2e.application.hostile.uploads import Upload, generated, uploads
from tests.e2e.application.production import web, worker
from tests.warehouse.factories import basic

CASES = 300
MORE_BYTES = 48 << 20  # pools, remembered pages and statements that fill


def test_hostile_uploads_cost_nobody_else_anything(place: Place):
    sent, pages, numbers = Asked(), Asked(), itertools.count()
    with web(place.environment) as served, worker(place.environment):

        @generated(CASES, derandomize=True)
        @given(uploads(numbers))
        def send(upload: Upload) -> None:
            attack(served, basic(place.token), upload, sent, pages)

        before = served.resident_bytes() if sys.platform == "linux" else 0
        with others(served) as other:
            send()
        projects = read_everything(served, pages)
        after = served.resident_bytes() if sys.platform == "linux" else 0

    assert sent.wrong + pages.wrong + other.wrong == []
    assert sent.statuses[200] > CASES / 5 and sent.statuses[400] > CASES / 5 and projects > 10
    assert after - before < MORE_BYTES
