"""States: every state met by every event, and what must hold of any sequence of them."""

import itertools

import pytest

from buildgraph.serve.states import TABLE, Action, Event, State, step

ANSWERED_BY_US = {State.STALLED, State.BROKEN, State.RESTING}
BOOTING = {State.BOOTING, State.STALLED}
LIVE = [state for state in State if state not in (State.ENDING, State.ENDED)]


class Slot:
    """What actions do to the one slot; it fails where one is asked for that makes no sense."""

    def __init__(self):
        self.boots = self.serves = self.shows = False
        self.ends = False

    def carry_out(self, action):
        if action is Action.SPAWN:
            assert not self.boots and not self.serves and not self.shows and not self.ends
            self.boots = True
        elif action is Action.ADOPT:
            assert self.boots and not self.shows
            self.boots, self.serves = False, True
        elif action is Action.RETIRE:
            assert self.serves
            self.serves = False
        elif action is Action.DISCARD:
            assert self.boots
            self.boots = False
        elif action is Action.SHOW:
            assert not self.serves and not self.shows
            self.shows = True
        elif action is Action.HIDE:
            assert self.shows
            self.shows = False
        elif action is Action.END:
            assert not (self.boots or self.serves or self.shows)
            self.ends = True


def possible(slot):
    """Return the events that the world can send in a situation."""
    always = {Event.CHANGED, Event.INTERRUPTED, Event.MOVED, Event.RESTED}
    if slot.boots:
        always |= {Event.READY, Event.FAILED, Event.STALLED}
    if slot.serves:
        always |= {Event.DIED, Event.DIED_AGAIN}
    return sorted(always, key=lambda event: event.value)


def test_any_six_events_leave_the_slot_in_order():
    """Walk all sequences: a worker is never started beside another, nor the page shown beside one that serves."""
    seen, rest = set(), [((Event.BEGUN,), State.NEW, Slot())]
    while rest:
        events, state, slot = rest.pop()
        if events[-1] in (Event.DIED, Event.DIED_AGAIN):
            slot.serves = False
        after, actions = step(state, events[-1])
        for action in actions:
            slot.carry_out(action)
        assert slot.boots == (after in BOOTING), events
        assert slot.serves == (after is State.SERVING), events
        assert slot.shows == (after in ANSWERED_BY_US), events
        key = (after, slot.boots, slot.serves, slot.shows, len(events))
        if len(events) < 7 and key not in seen:
            seen.add(key)
            for event in possible(slot):
                copy = Slot()
                copy.__dict__.update(slot.__dict__)
                rest.append(((*events, event), after, copy))
    assert {key[0] for key in seen} >= set(State) - {State.NEW, State.ENDED}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_an_event_that_means_nothing_changes_nothing(state, event):
    if (state, event) not in TABLE:
        assert step(state, event) == (state, ())


@pytest.mark.parametrize("state", LIVE)
def test_an_interruption_ends_from_every_state(state):
    after, actions = step(state, Event.INTERRUPTED)

    assert after is State.ENDING and actions[-1] is Action.END


@pytest.mark.parametrize("state", [state for state in LIVE if state is not State.NEW])
def test_a_change_starts_a_worker_from_every_state(state):
    after, actions = step(state, Event.CHANGED)

    assert after is State.BOOTING and actions[-1] is Action.SPAWN


def test_a_second_interruption_kills():
    assert step(State.ENDING, Event.INTERRUPTED) == (State.ENDING, (Action.KILL,))


def test_nothing_happens_after_the_end():
    assert all(step(State.ENDED, event) == (State.ENDED, ()) for event in Event)


def test_what_cannot_serve_is_shown_and_not_tried_again_until_something_changes():
    assert step(State.BOOTING, Event.FAILED) == (State.BROKEN, (Action.DISCARD, Action.SHOW))
    assert {event for event in Event if Action.SPAWN in step(State.BROKEN, event)[1]} == {Event.CHANGED}
