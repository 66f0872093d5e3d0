import itertools

import pytest

from buildgraph.serve.machine import TABLE, Action, Event, State, step


def test_a_begun_application_is_started():
    assert step(State.DOWN, Event.BEGIN) == (State.UP, (Action.START,))


def test_changed_code_restarts():
    assert step(State.UP, Event.CODE_CHANGED) == (State.UP, (Action.STOP, Action.START))


def test_broken_code_never_stops_a_running_application():
    state, actions = step(State.UP, Event.CODE_BROKEN)

    assert state is State.UP and Action.STOP not in actions


def test_an_application_that_ended_is_started_by_the_next_change_and_by_nothing_else():
    state, actions = step(State.UP, Event.EXITED)
    assert (state, actions) == (State.DOWN, (Action.SAY_WAITING,))

    starting = {event for event in Event if Action.START in step(state, event)[1]}
    assert starting == {Event.BEGIN, Event.CODE_CHANGED, Event.BUILT, Event.BUILT_NEW_GROUND}


@pytest.mark.parametrize("state", [State.UP, State.DOWN])
def test_an_interruption_ends_from_every_state(state):
    assert step(state, Event.INTERRUPTED)[0] is State.ENDING


def test_nothing_happens_after_the_end():
    assert all(step(State.ENDING, event) == (State.ENDING, ()) for event in Event)


def test_a_start_always_follows_a_stop_of_what_runs():
    for (state, _), (after, actions) in TABLE.items():
        for first, second in itertools.pairwise([None, *actions]):
            if second is Action.START and state is State.UP:
                assert first is Action.STOP
        if Action.STOP in actions and Action.START not in actions:
            assert after is State.ENDING
