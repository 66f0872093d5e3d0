"""Machine: the supervisor as a table of states and events, with no input or output in it."""

from enum import Enum, auto


class State(Enum):
    """What the application is doing."""

    DOWN = auto()  # not running: it has not started yet, or it ended by itself
    UP = auto()  # its process runs
    ENDING = auto()  # the supervisor is asked to end


class Event(Enum):
    """What happened."""

    BEGIN = auto()
    CODE_CHANGED = auto()
    CODE_BROKEN = auto()  # a changed Python file does not compile
    INPUTS_CHANGED = auto()  # something that a task makes an artefact of
    BUILT = auto()  # the tasks succeeded, the application can go on
    BUILT_NEW_GROUND = auto()  # the tasks succeeded, and the application has to start again on what they made
    BUILD_FAILED = auto()
    EXITED = auto()
    INTERRUPTED = auto()


class Action(Enum):
    """What to do."""

    START = auto()
    STOP = auto()
    BUILD = auto()
    SAY_WAITING = auto()


S, E, A = State, Event, Action
NOTHING: tuple[Action, ...] = ()
TABLE: dict[tuple[State, Event], tuple[State, tuple[Action, ...]]] = {
    (S.DOWN, E.BEGIN): (S.UP, (A.START,)),
    (S.DOWN, E.CODE_CHANGED): (S.UP, (A.START,)),
    (S.DOWN, E.CODE_BROKEN): (S.DOWN, (A.SAY_WAITING,)),
    (S.DOWN, E.INPUTS_CHANGED): (S.DOWN, (A.BUILD,)),
    (S.DOWN, E.BUILT): (S.UP, (A.START,)),
    (S.DOWN, E.BUILT_NEW_GROUND): (S.UP, (A.START,)),
    (S.DOWN, E.BUILD_FAILED): (S.DOWN, (A.SAY_WAITING,)),
    (S.UP, E.CODE_CHANGED): (S.UP, (A.STOP, A.START)),
    (S.UP, E.CODE_BROKEN): (S.UP, (A.SAY_WAITING,)),
    (S.UP, E.INPUTS_CHANGED): (S.UP, (A.BUILD,)),
    (S.UP, E.BUILT): (S.UP, NOTHING),
    (S.UP, E.BUILT_NEW_GROUND): (S.UP, (A.STOP, A.START)),
    (S.UP, E.BUILD_FAILED): (S.UP, (A.SAY_WAITING,)),
    (S.UP, E.EXITED): (S.DOWN, (A.SAY_WAITING,)),
    (S.UP, E.INTERRUPTED): (S.ENDING, (A.STOP,)),
    (S.DOWN, E.INTERRUPTED): (S.ENDING, NOTHING),
}


def step(state: State, event: Event) -> tuple[State, tuple[Action, ...]]:
    """Return the next state and what to do; an event that means nothing in a state changes nothing."""
    return TABLE.get((state, event), (state, NOTHING))
