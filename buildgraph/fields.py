"""Fields: classes that are their fields, as `dataclasses` makes them, for what every run loads.

`dataclasses` imports `inspect` and compiles some functions for each class, which is half of what an edit would cost
(`docs/design/engine.md`). Type checkers take these classes for dataclasses.
"""

from __future__ import annotations

from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self, TypeVar, dataclass_transform

    Kind = TypeVar("Kind")
else:

    def dataclass_transform(**_: object) -> Callable:
        """Tell type checkers, of which there is none here."""
        return lambda cls: cls


class Fresh:
    """A default that is made anew for each value."""

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make


def fresh(make: Callable[[], Kind]) -> Kind:
    """Return a default that is made anew for each value: `names: list[str] = fresh(list)`."""
    return Fresh(make)  # type: ignore[return-value] # a field's default is said to be what the field holds


@dataclass_transform(frozen_default=True)
class Value:
    """A class whose annotations are its fields, in their order; given by position or by name, compared, and not changed."""

    fields: tuple[str, ...] = ()
    _defaults: dict[str, object] = {}
    _made: tuple[tuple[str, Callable[[], object]], ...] = ()
    _is_frozen = True

    def __init_subclass__(cls, frozen: bool = True) -> None:
        own = cls.__dict__.get("__annotations__", ())  # noqa: RUF063 (without `inspect`)
        cls.fields = tuple(dict.fromkeys((*cls.fields, *own)))
        given = {name: getattr(cls, name) for name in cls.fields if hasattr(cls, name)}
        cls._defaults = {name: value for name, value in given.items() if type(value) is not Fresh}
        cls._made = tuple((name, value.make) for name, value in given.items() if type(value) is Fresh)
        cls._is_frozen = frozen

    def __init__(self, *values: object, **named: object) -> None:
        own = self.__dict__  # `vars` costs a call, and a run makes some ten values for each task.
        own.update(self._defaults)
        if values:
            own.update(zip(self.fields, values, strict=False))
        if named:
            own.update(named)
        for name, make in self._made:
            if name not in own:
                own[name] = make()
        if len(own) != len(self.fields) or len(values) > len(self.fields):
            wrong = ", ".join(sorted({*self.fields} ^ {*own})) or f"{len(values)} values"
            raise TypeError(f"{type(self).__name__} has the fields {', '.join(self.fields)}, not {wrong}")

    def replaced(self, **named: object) -> Self:
        """Return a value with other fields."""
        return type(self)(**{**self.as_dict(), **named})

    def as_dict(self) -> dict[str, object]:
        """Return name → value of all fields."""
        own = vars(self)
        return {name: own[name] for name in self.fields}

    def __setattr__(self, name: str, value: object) -> None:
        if self._is_frozen:
            raise AttributeError(f"'{name}' of a {type(self).__name__} cannot be changed")
        vars(self)[name] = value

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        own, others = vars(self), vars(other)
        return all(own[name] == others[name] for name in self.fields)

    def __hash__(self) -> int:
        return hash(tuple(self.as_dict().values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.as_dict().items())})"
