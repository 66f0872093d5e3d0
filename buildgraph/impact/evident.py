"""Evident: whether a statement of a module, read by itself, does nothing but bind names, and cannot fail.

That is so of functions and classes without decorators (or with some of the standard library's), constants and displays of them, and other names for what the module has bound before. Whatever
calls, looks up an attribute, may be undone later or depends on another file is not: classes with bases from elsewhere, metaclasses, slots, enumerations, `try`, loops. In doubt it is not.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter

from .syntax import walk
from .words import has_lazy_annotations

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DECORATORS = frozenset(("contextlib.contextmanager", "contextlib.asynccontextmanager", "functools.cache", "functools.cached_property", "abc.abstractmethod"))  # fmt: skip
"""Decorators that make another object of a function, and do nothing else."""
DECORATORS_WITH_SIZE = frozenset(("functools.lru_cache",))
IN_CLASSES = frozenset(("property", "staticmethod", "classmethod"))
OF_PROPERTIES = frozenset(("setter", "getter", "deleter"))
DATACLASS = "dataclasses.dataclass"
FIELD = "dataclasses.field"
SWITCHES = frozenset(("frozen", "kw_only", "repr"))
"""Arguments of `dataclass` with which it fails only if the class has some methods."""
REFUSED_BY_DATACLASSES = frozenset(("__setattr__", "__delattr__", "__hash__"))
COLLECTIONS = frozenset(("frozenset", "set", "tuple", "list"))
REFUSED_IN_CLASSES = frozenset(("__qualname__", "__classcell__", "__slots__", "__module__", "__dict__", "__weakref__", "__set_name__", "__class__"))  # fmt: skip
GENERIC = frozenset(("list", "dict", "tuple", "set", "frozenset", "type"))
GENERIC_IMPORTED = frozenset(f"collections.abc.{name}" for name in ("Iterable", "Iterator", "Mapping", "Sequence", "Collection", "Set", "MutableMapping"))  # fmt: skip
ROOTS = frozenset(
    name
    for name, each in vars(builtins).items()
    if isinstance(each, type) and issubclass(each, BaseException) and "Group" not in name
) | {"object"}
"""Bases that a class can always have."""


class Evident:
    """Judges the statements of one module, in their order."""

    def __init__(self, tree: ast.Module) -> None:
        self.has_lazy_annotations = has_lazy_annotations(tree)
        self._bindings = Counter(_bindings(tree))
        self._is_clear = "*" not in self._bindings  # no name can come from a star import
        self._deleted = _deleted(tree)
        self._imported = _imported(tree)
        self._bound: set[str] = set()  # by a statement before, in any case
        self._plain: set[str] = set()  # of those, functions, classes and constants of this module
        self._bases: dict[str, bool] = {}  # classes of this module, and whether they hook into subclasses

    def names(self, node: ast.stmt) -> tuple[str, ...]:
        """Return which names a statement binds if that is evidently all it does; call it for all, in their order."""
        names = self._names(node) if self._is_clear else ()
        if any(_is_special(name) for name in names):
            names = ()
        self._bound.update(names or _bound_by(node))
        self._plain.update(name for name in names if self._bindings[name] == 1)
        if names and isinstance(node, ast.ClassDef):
            self._bases[node.name] = self._hooks(node)
        return names

    def _names(self, node: ast.stmt) -> tuple[str, ...]:
        if isinstance(node, FUNCTIONS):
            return (node.name,) if self._is_function(node, set()) else ()
        if isinstance(node, ast.ClassDef):
            return (node.name,) if self._is_class(node) else ()
        return self._assigned(node, set())

    def _assigned(self, node: ast.stmt, local: set[str], is_in_class: bool = False) -> tuple[str, ...]:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None and self._annotates(node.annotation):
            targets, value = [node.target], node.value
        else:
            return ()
        names = tuple(each.id for each in targets if isinstance(each, ast.Name))
        is_evident = len(names) == len(targets) and self._is_value(value, local, is_in_class)
        return names if is_evident else ()

    def _is_value(self, node: ast.expr, local: set[str], is_in_class: bool = False) -> bool:
        if isinstance(node, ast.Name):
            return self._is_bound(node.id, local, is_in_class)
        if isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.Tuple | ast.List):
            return all(self._is_value(each, local, is_in_class) for each in node.elts)
        if isinstance(node, ast.Set):
            return all(map(_is_constant, node.elts))
        if isinstance(node, ast.Dict):
            values = all(self._is_value(each, local, is_in_class) for each in node.values)
            return values and all(each is not None and _is_constant(each) for each in node.keys)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            is_builtin = node.func.id in COLLECTIONS and self._is_builtin(node.func.id)
            return is_builtin and len(node.args) <= 1 and all(map(_is_collection, node.args))
        return _is_number(node)

    def _is_bound(self, name: str, local: set[str], is_in_class: bool) -> bool:
        """Tell whether a name has a value in any case; in a class, whether that value also cannot hook into it (`__set_name__`)."""
        if is_in_class:
            is_plain = (name in self._plain and name not in self._deleted) or self._is_builtin(name)
            return is_plain and name not in local and not name.startswith("__")  # PEP 8's "mangling"
        return (name in self._bound and name not in self._deleted) or self._is_builtin(name)

    def _is_builtin(self, name: str) -> bool:
        return hasattr(builtins, name) and name not in self._bindings and self._is_clear

    def _is_standard(self, node: ast.expr, known: frozenset[str]) -> bool:
        """Tell whether an expression is one of the standard library's objects."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = node.value.id
            path = f"{self._imported.get(name)}.{node.attr}"
        elif isinstance(node, ast.Name):
            name = node.id
            path = self._imported.get(name, "")
        else:
            return False
        return self._bindings[name] == 1 and name in self._bound and path in known

    def _annotates(self, node: ast.expr | None) -> bool:
        if node is None or self.has_lazy_annotations or isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.BinOp):
            sides = (node.left, node.right)
            has_type = not all(isinstance(each, ast.Constant) for each in sides)
            return isinstance(node.op, ast.BitOr) and has_type and all(map(self._is_type, sides))
        if isinstance(node, ast.Subscript):
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return self._is_generic(node.value) and all(map(self._annotates, inner))
        return isinstance(node, ast.Name) and self._is_bound(node.id, set(), False)

    def _is_generic(self, node: ast.expr) -> bool:
        """Tell whether a type takes any parameters without looking at them."""
        if isinstance(node, ast.Name) and node.id in GENERIC:
            return self._is_builtin(node.id)
        return self._is_standard(node, GENERIC_IMPORTED)

    def _is_type(self, node: ast.expr) -> bool:
        """Tell whether an annotation can be an alternative (PEP 604)."""
        if isinstance(node, ast.Name):
            is_builtin = self._is_builtin(node.id) and isinstance(getattr(builtins, node.id), type)
            return is_builtin or (node.id in self._bases and node.id in self._plain - self._deleted)
        is_none = isinstance(node, ast.Constant) and node.value is None
        return is_none or (isinstance(node, ast.Subscript | ast.BinOp) and self._annotates(node))

    def _is_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, local: set[str], properties: set[str] | None = None) -> bool:  # fmt: skip
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]  # fmt: skip
        defaults = [*arguments.defaults, *filter(None, arguments.kw_defaults)]
        return (
            not getattr(node, "type_params", None)
            and all(self._decorates(each, properties) for each in node.decorator_list)
            and all(self._is_value(each, local, properties is not None) for each in defaults)
            and all(self._annotates(each.annotation) for each in every if each is not None)
            and self._annotates(node.returns)
        )

    def _decorates(self, node: ast.expr, properties: set[str] | None) -> bool:
        if properties is not None:
            if isinstance(node, ast.Name) and node.id in IN_CLASSES and self._is_builtin(node.id):
                return True
            if isinstance(node, ast.Attribute) and node.attr in OF_PROPERTIES:
                return isinstance(node.value, ast.Name) and node.value.id in properties
        if isinstance(node, ast.Call):
            has_size = all(isinstance(each, ast.Constant) and type(each.value) in (int, type(None)) for each in node.args)  # fmt: skip
            is_plain = not node.keywords and len(node.args) <= 1
            return has_size and is_plain and self._is_standard(node.func, DECORATORS_WITH_SIZE)
        return self._is_standard(node, DECORATORS | DECORATORS_WITH_SIZE)

    def _is_class(self, node: ast.ClassDef) -> bool:
        if node.keywords or getattr(node, "type_params", None) or len(node.bases) > 1:
            return False
        if not all(self._is_base(each) for each in node.bases):
            return False
        is_dataclass = bool(node.decorator_list)
        if is_dataclass and (node.bases or len(node.decorator_list) > 1 or not self._is_dataclass(node)):
            return False
        return self._has_evident_body(node, is_dataclass)

    def _is_base(self, node: ast.expr) -> bool:
        if not isinstance(node, ast.Name) or node.id in self._deleted:
            return False
        if node.id in ROOTS:
            return self._is_builtin(node.id)
        return self._bindings[node.id] == 1 and self._bases.get(node.id) is False

    def _hooks(self, node: ast.ClassDef) -> bool:
        names = {name for each in node.body for name in _bound_by(each)}
        return "__init_subclass__" in names

    def _is_dataclass(self, node: ast.ClassDef) -> bool:
        decorator = node.decorator_list[0]
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not self._is_standard(called, frozenset((DATACLASS,))):
            return False
        if isinstance(decorator, ast.Call):
            switches = all(each.arg in SWITCHES and isinstance(each.value, ast.Constant) for each in decorator.keywords)  # fmt: skip
            if decorator.args or not switches:
                return False
        return all(REFUSED_BY_DATACLASSES.isdisjoint(_bound_by(each)) for each in node.body)

    def _has_evident_body(self, node: ast.ClassDef, is_dataclass: bool) -> bool:
        local: set[str] = set()
        properties: set[str] = set()
        has_default = False
        for each in node.body:
            bound = _bound_by(each)
            if not REFUSED_IN_CLASSES.isdisjoint(bound):
                return False
            if isinstance(each, FUNCTIONS):
                if not self._is_function(each, local, properties):
                    return False
                is_property = any(isinstance(one, ast.Name) and one.id == "property" for one in each.decorator_list)  # fmt: skip
                (properties.add if is_property else properties.discard)(each.name)
            elif is_dataclass and isinstance(each, ast.AnnAssign):
                if not isinstance(each.target, ast.Name) or not self._annotates(each.annotation):
                    return False
                if each.target.id in local or (each.value is None and has_default):
                    return False
                if each.value is not None and not self._is_field(each.value):
                    return False
                has_default = has_default or each.value is not None
            elif isinstance(each, ast.AnnAssign) and each.value is None:
                if not isinstance(each.target, ast.Name) or not self._annotates(each.annotation):
                    return False
            elif not isinstance(each, ast.Pass) and not _is_text(each):
                names = self._assigned(each, local, is_in_class=True)
                if not names or any(_is_special(name) for name in names):
                    return False
                properties.difference_update(names)
            local.update(bound)
        return True

    def _is_field(self, node: ast.expr) -> bool:
        """Tell whether a dataclass takes something for a default: what can be hashed, or a field that makes one."""
        if isinstance(node, ast.Call) and self._is_standard(node.func, frozenset((FIELD,))):
            return (
                not node.args
                and len(node.keywords) == 1
                and node.keywords[0].arg == "default_factory"
                and self._is_value(node.keywords[0].value, set(), is_in_class=True)
            )
        return _is_constant(node)


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_number(node: ast.expr) -> bool:
    """Tell whether an expression is arithmetic of numbers that cannot fail."""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub | ast.UAdd) and _is_number(node.operand)
    if isinstance(node, ast.BinOp):
        is_safe = isinstance(node.op, ast.Add | ast.Sub | ast.Mult)
        return is_safe and _is_number(node.left) and _is_number(node.right)
    return isinstance(node, ast.Constant) and type(node.value) is int


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(map(_is_constant, node.elts))
    return isinstance(node, ast.Constant) or _is_number(node)


def _is_collection(node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple | ast.List | ast.Set) and all(map(_is_constant, node.elts))


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return what names stand for by imports at the top of a module."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            found.update({each.name: each.name for each in node.names if not each.asname and "." not in each.name})  # fmt: skip
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.update({each.asname or each.name: f"{node.module}.{each.name}" for each in node.names})
    return found


def _bound_by(node: ast.stmt) -> tuple[str, ...]:
    """Return the names that a statement binds in any case, whatever else it does."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return (node.name,)
    if isinstance(node, ast.Import | ast.ImportFrom):
        return tuple((each.asname or each.name).split(".")[0] for each in node.names)
    if isinstance(node, ast.Assign):
        return tuple(each.id for each in node.targets if isinstance(each, ast.Name))
    if isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
        return (node.target.id,)
    return ()


def _deleted(tree: ast.Module) -> set[str]:
    """Return the names that are deleted anywhere, as a handler does with its own."""
    found: set[str] = set()
    for node in walk(tree):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Del):
                found.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found


def _bindings(tree: ast.Module) -> list[str]:
    """Return the names that are bound anywhere in a module outside of functions, or by them as globals; once for each place."""
    found: list[str] = []
    rest: list[ast.AST] = [tree]
    while rest:
        node = rest.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.append(node.id)
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            found.append(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found += [(each.asname or each.name).split(".")[0] for each in node.names]
        elif (isinstance(node, ast.ExceptHandler) and node.name) or (
            isinstance(node, ast.MatchAs | ast.MatchStar) and node.name
        ):
            found.append(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            found.append(node.rest)
        elif isinstance(node, ast.Global):
            found += node.names
        if isinstance(node, FUNCTIONS):
            found += [name for each in walk(node) if isinstance(each, ast.Global) for name in each.names]
            rest += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        else:
            rest += ast.iter_child_nodes(node)
    return found
