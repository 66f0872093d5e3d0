"""Ending: what a run leaves besides its traces: one file of coverage, and a certificate of what holds."""

from __future__ import annotations

import os

import pytest

from . import certificate, merged, options, store
from .digests import Digests
from .facts import Now
from .validity import FAILED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .session import Session


def conclude(session: Session, segments: list[store.Segment], exit_status: int) -> None:
    """Write what is asked for, and delete what is old."""
    config, folder = session.config, session.folder
    digests = Digests(folder)
    target = config.option.impact_coverage
    if target:
        ran = merged.gather(folder, session.paths, digests, session.reused, session.written)
        merged.write(os.path.join(str(config.invocation_params.dir), target), ran)
    has_passed = (
        exit_status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        and FAILED not in session.ran.values()
    )
    if has_passed:
        now = Now(session.paths, digests, session.recorder.environment)
        now.options = options.digest_options(config)
        newest: dict[str, str] = {}
        for name in session.written:
            newest.update(dict.fromkeys(store.read(folder, name).results, name))
        path = certificate.path_of(folder, config.invocation_params.args)
        certificate.write(path, folder, now, session.reused | newest, session.written)
    store.prune(folder, segments)
    digests.save()
