"""States: what is served at an address as a table of states and events, with no input or output in it.

One slot is filled at a time: by a worker that boots, by one that serves, or by the supervisor itself, which shows why there is none. Workers
that were retired finish their requests meanwhile and are not part of the table.
"""

from enum import Enum, auto


class State(Enum):
    """Who answers requests."""

    NEW = auto()  # nothing was started yet
    BOOTING = auto()  # nobody: a worker starts, requests wait in the socket's queue
    STALLED = auto()  # the supervisor, with the stack of a worker that starts and does not get on
    SERVING = auto()  # a worker
    BROKEN = auto()  # the supervisor, with what is wrong, until a file changes
    RESTING = auto()  # the supervisor, until the pause after repeated deaths is over
    ENDING = auto()  # nobody: all processes are asked to end
    ENDED = auto()  # nobody: all have ended


class Event(Enum):
    """What happened."""

    BEGUN = auto()
    CHANGED = auto()  # what the worker has read is not what is there, or a retry was asked for
    READY = auto()  # the booting worker listens
    FAILED = auto()  # the booting worker ended, or said that it cannot
    STALLED = auto()  # the booting worker has read and imported nothing for a while
    MOVED = auto()  # it got on after all
    DIED = auto()  # the serving worker ended by itself
    DIED_AGAIN = auto()  # and had done so shortly before
    RESTED = auto()
    INTERRUPTED = auto()
    GONE = auto()  # no process is left


class Action(Enum):
    """What to do."""

    SPAWN = auto()  # start a worker
    ADOPT = auto()  # the booting worker is the serving one
    RETIRE = auto()  # the serving worker accepts nothing more, finishes its requests and ends
    DISCARD = auto()  # kill the booting worker
    SHOW = auto()  # answer requests with what is wrong
    HIDE = auto()  # let requests wait
    REST = auto()  # start the pause
    END = auto()  # ask all processes to end
    KILL = auto()  # end them now


S, E, A = State, Event, Action
Actions = tuple[Action, ...]
TABLE: dict[tuple[State, Event], tuple[State, Actions]] = {
    (S.NEW, E.BEGUN): (S.BOOTING, (A.SPAWN,)),
    (S.NEW, E.INTERRUPTED): (S.ENDING, (A.END,)),
    (S.BOOTING, E.READY): (S.SERVING, (A.ADOPT,)),
    (S.BOOTING, E.FAILED): (S.BROKEN, (A.DISCARD, A.SHOW)),
    (S.BOOTING, E.STALLED): (S.STALLED, (A.SHOW,)),
    (S.BOOTING, E.CHANGED): (S.BOOTING, (A.DISCARD, A.SPAWN)),
    (S.BOOTING, E.INTERRUPTED): (S.ENDING, (A.DISCARD, A.END)),
    (S.STALLED, E.READY): (S.SERVING, (A.HIDE, A.ADOPT)),
    (S.STALLED, E.FAILED): (S.BROKEN, (A.HIDE, A.DISCARD, A.SHOW)),
    (S.STALLED, E.MOVED): (S.BOOTING, (A.HIDE,)),
    (S.STALLED, E.CHANGED): (S.BOOTING, (A.HIDE, A.DISCARD, A.SPAWN)),
    (S.STALLED, E.INTERRUPTED): (S.ENDING, (A.HIDE, A.DISCARD, A.END)),
    (S.SERVING, E.CHANGED): (S.BOOTING, (A.RETIRE, A.SPAWN)),
    (S.SERVING, E.DIED): (S.BOOTING, (A.SPAWN,)),
    (S.SERVING, E.DIED_AGAIN): (S.RESTING, (A.SHOW, A.REST)),
    (S.SERVING, E.INTERRUPTED): (S.ENDING, (A.RETIRE, A.END)),
    (S.BROKEN, E.CHANGED): (S.BOOTING, (A.HIDE, A.SPAWN)),
    (S.BROKEN, E.INTERRUPTED): (S.ENDING, (A.HIDE, A.END)),
    (S.RESTING, E.RESTED): (S.BOOTING, (A.HIDE, A.SPAWN)),
    (S.RESTING, E.CHANGED): (S.BOOTING, (A.HIDE, A.SPAWN)),
    (S.RESTING, E.INTERRUPTED): (S.ENDING, (A.HIDE, A.END)),
    (S.ENDING, E.INTERRUPTED): (S.ENDING, (A.KILL,)),
    (S.ENDING, E.GONE): (S.ENDED, ()),
}


def step(state: State, event: Event) -> tuple[State, Actions]:
    """Return the next state and what to do; an event that means nothing in a state changes nothing."""
    return TABLE.get((state, event), (state, ()))
