"""Traps of names: edits of one statement of a module or class, hostile ones that somebody notices, and tame ones that hardly anybody does; as data."""

from __future__ import annotations

from .trap import Trap, trap

LIMIT = "LIMIT = 1\n"
MORE = "LIMIT = 2\n"
THROUGH = "from .mod import A\n\ndef make():\n    return A()\n"
"""A module whose `make` returns an object of a class that the test does not mention."""


def test(expression: str, imports: str = "from . import mod\n") -> str:
    """Return a test that asserts an expression."""
    return f"{imports}\ndef test_it():\n    assert {expression}\n"


def made(name: str, before: str, after: str, expression: str) -> Trap:
    """Return a trap about a class that the test has an object of, and no name."""
    files = {"mod.py": before, "make.py": THROUGH, "test_it.py": test(expression, "from .make import make\n")}
    return trap(name, files, {"mod.py": after})


READERS = (
    trap("name_from_parts", {"mod.py": LIMIT, "test_it.py": test("getattr(mod, 'LIM' + 'IT') == 1")}, {"mod.py": MORE}),
    trap("name_by_attrgetter", {"mod.py": LIMIT, "test_it.py": test("attrgetter('LIM' + 'IT')(mod) == 1", "from operator import attrgetter\nfrom . import mod\n")}, {"mod.py": MORE}),
    trap("name_by_vars", {"mod.py": LIMIT, "test_it.py": test("[name for name in vars(mod) if name[0] != '_'] == ['LIMIT']")}, {"mod.py": LIMIT + "\ndef f():\n    pass\n"}),
    trap("name_by_dict", {"mod.py": LIMIT, "test_it.py": test("[name for name in mod.__dict__ if name[0] != '_'] == ['LIMIT']")}, {"mod.py": LIMIT + "class A:\n    pass\n"}),
    trap("name_by_dir", {"mod.py": LIMIT, "test_it.py": test("[name for name in dir(mod) if name[0] != '_'] == ['LIMIT']")}, {"mod.py": LIMIT + "B = 1\n"}),
    trap("name_by_members", {"mod.py": LIMIT, "test_it.py": test("not inspect.getmembers(mod, inspect.isfunction)", "import inspect\nfrom . import mod\n")}, {"mod.py": LIMIT + "\ndef f():\n    pass\n"}),
    trap("name_by_globals", {"mod.py": LIMIT + "\ndef f(name):\n    return globals()[name]\n", "test_it.py": test("mod.f('LIM' + 'IT') == 1")}, {"mod.py": MORE + "\ndef f(name):\n    return globals()[name]\n"}),
    trap("name_by_loaded_modules", {"mod.py": LIMIT, "test_it.py": test("getattr(sys.modules[__package__ + '.mo' + 'd'], 'LIM' + 'IT') == 1", "import sys\nfrom .mod import *\n")}, {"mod.py": MORE}),
    trap("name_by_evaluation", {"mod.py": LIMIT, "test_it.py": test("eval('m.LIM' + 'IT', {'m': mod}) == 1")}, {"mod.py": MORE}),
    trap("name_in_a_text_that_is_executed", {"mod.py": LIMIT, "code.txt": "from traps.name_in_a_text_that_is_executed.mod import LIMIT\n", "helper.py": "import pathlib\n\nfrom . import mod\n\nRUN = exec\n\ndef load():\n    found = {}\n    RUN(pathlib.Path(__file__).with_name('code.txt').read_text(), found)\n    return found['LIM' + 'IT']\n", "test_it.py": test("load() == 1", "from .helper import load\n")}, {"mod.py": MORE}),
    trap("name_in_a_doctest", {"mod.py": LIMIT, "test_page.txt": ">>> from traps.name_in_a_doctest.mod import LIMIT\n>>> LIMIT\n1\n"}, {"mod.py": MORE}),
    trap("name_in_a_pickle", {"mod.py": LIMIT, "data.bin": "ctraps.name_in_a_pickle.mod\nLIMIT\n.", "test_it.py": test("pickle.loads((pathlib.Path(__file__).with_name('data.bin')).read_bytes()) == 1", "import pathlib\nimport pickle\n")}, {"mod.py": MORE}),
    trap("name_in_a_template", {"mod.py": LIMIT, "page.html": "{{ it.LIMIT }}", "test_it.py": test("jinja2.Template((pathlib.Path(__file__).with_name('page.html')).read_text()).render(it=mod) == '1'", "import pathlib\nimport jinja2\nfrom . import mod\n")}, {"mod.py": MORE}),
    trap("name_patched_by_a_path", {"mod.py": LIMIT, "test_it.py": "def test_it(monkeypatch):\n    monkeypatch.setattr('traps.name_patched_by_a_path.mod.' + 'LIM' + 'IT', 5)\n"}, {"mod.py": "OTHER = 1\n"}),
    trap("name_patched_by_mock", {"mod.py": LIMIT, "test_it.py": "from unittest import mock\n\ndef test_it():\n    with mock.patch('traps.name_patched_by_mock.mod.' + 'LIM' + 'IT', 5):\n        pass\n"}, {"mod.py": "OTHER = 1\n"}),
    trap("module_as_an_attribute", {"sub/__init__.py": "", "sub/deep.py": LIMIT, "test_it.py": test("getattr(getattr(sub, 'de' + 'ep'), 'LIM' + 'IT') == 1", "from . import sub\nimport traps.module_as_an_attribute.sub.deep\n")}, {"sub/deep.py": MORE}),
    trap("module_by_another_name", {"deep.py": LIMIT, "mod.py": "from . import deep as low\n\ndef f(name):\n    return getattr(low, name)\n", "test_it.py": test("mod.f('LIM' + 'IT') == 1")}, {"deep.py": MORE}),
    trap("module_kept_by_another_name", {"deep.py": LIMIT, "mod.py": "from . import deep\n\nlow = deep\n", "test_it.py": test("getattr(mod.low, 'LIM' + 'IT') == 1")}, {"deep.py": MORE}),
    trap("new_name_of_a_builtin", {"mod.py": "def f():\n    return len('a')\n", "test_it.py": test("mod.f() == 1")}, {"mod.py": "def f():\n    return len('a')\n\ndef len(text):\n    return 2\n"}),
    trap("new_name_of_a_builtin_function_that_opens", {"mod.py": "def f():\n    return open is None\n", "test_it.py": test("not mod.f()")}, {"mod.py": "open = None\n\ndef f():\n    return open is None\n"}),
    trap("name_of_a_builtin_vanishes", {"mod.py": "max = 5\n\ndef f():\n    return max\n", "test_it.py": test("mod.f() == 5")}, {"mod.py": "def f():\n    return max\n"}),
    trap("builtin_from_a_star_import", {"names.py": "A = 1\n", "mod.py": "from .names import *\n\ndef f():\n    return len('a')\n", "test_it.py": test("mod.f() == 1")}, {"names.py": "A = 1\n\ndef len(text):\n    return 2\n"}),
    trap("new_name_hides_that_of_a_star_import", {"names.py": "SIZE = 1\n", "mod.py": "from .names import *\n\ndef f():\n    return SIZE\n", "test_it.py": test("mod.f() == 1")}, {"mod.py": "from .names import *\n\nSIZE = 2\n\ndef f():\n    return SIZE\n"}),
    trap("hook_from_a_star_import", {"hooks.py": "A = 1\n", "conftest.py": "from .hooks import *\n", "test_it.py": "def test_it():\n    pass\n"}, {"hooks.py": "A = 1\n\ndef pytest_runtest_call(item):\n    raise OSError\n"}),
    trap("imported_under_another_name", {"deep.py": LIMIT, "mod.py": "from .deep import LIMIT as SIZE\n\ndef f():\n    return SIZE\n", "test_it.py": test("mod.f() == 1")}, {"deep.py": MORE}),
    trap("imported_name_vanishes", {"deep.py": LIMIT, "mod.py": "from .deep import LIMIT\n\ndef f():\n    return 1\n", "test_it.py": test("mod.f() == 1")}, {"deep.py": "OTHER = 1\n"}),
    trap("imported_name_of_a_module_appears", {"sub/__init__.py": "A = 1\n", "sub/deep.py": LIMIT, "mod.py": "from .sub import deep\n\ndef f():\n    return deep\n", "test_it.py": test("mod.f() != 1")}, {"sub/__init__.py": "A = 1\ndeep = 1\n"}),
    trap("constant_as_a_default", {"mod.py": LIMIT + "\ndef f(x=LIMIT):\n    return x\n", "over.py": "from .mod import f\n\ndef g():\n    return f()\n", "test_it.py": test("g() == 1", "from .over import g\n")}, {"mod.py": MORE + "\ndef f(x=LIMIT):\n    return x\n"}),
    trap("constant_in_an_annotation", {"mod.py": "SIZE = int\n\ndef f(x: SIZE):\n    return x\n", "test_it.py": test("mod.f.__annotations__['x'] is int")}, {"mod.py": "SIZE = str\n\ndef f(x: SIZE):\n    return x\n"}),
    trap("constant_in_a_lazy_annotation", {"mod.py": "from __future__ import annotations\n\nfrom dataclasses import dataclass\n\nSIZE = int\n\n@dataclass\nclass A:\n    x: SIZE\n", "test_it.py": test("typing.get_type_hints(mod.A)['x'] is int", "import typing\nfrom . import mod\n")}, {"mod.py": "from __future__ import annotations\n\nfrom dataclasses import dataclass\n\nSIZE = str\n\n@dataclass\nclass A:\n    x: SIZE\n"}),
    trap("constant_in_a_decorator", {"mod.py": LIMIT + "\ndef plus(n):\n    return lambda f: lambda: f() + n\n\n@plus(LIMIT)\ndef f():\n    return 1\n", "test_it.py": test("mod.f() == 2")}, {"mod.py": MORE + "\ndef plus(n):\n    return lambda f: lambda: f() + n\n\n@plus(LIMIT)\ndef f():\n    return 1\n"}),
    trap("constant_in_a_text", {"mod.py": LIMIT + "NAME = f'{LIMIT}'\n", "test_it.py": test("mod.NAME == '1'")}, {"mod.py": MORE + "NAME = f'{LIMIT}'\n"}),
    trap("constant_in_a_display", {"mod.py": LIMIT + "ALL = {'a': [LIMIT, 0]}\n", "test_it.py": test("mod.ALL['a'] == [1, 0]")}, {"mod.py": MORE + "ALL = {'a': [LIMIT, 0]}\n"}),
    trap("constant_of_another_module", {"deep.py": LIMIT, "mod.py": "from .deep import LIMIT\n\nSIZE = LIMIT\n", "test_it.py": test("mod.SIZE == 1")}, {"deep.py": MORE}),
    trap("constant_in_a_lambda", {"mod.py": LIMIT + "size = lambda: LIMIT\n", "test_it.py": test("mod.size() == 1")}, {"mod.py": MORE + "size = lambda: LIMIT\n"}),
    trap("constant_that_a_function_changes", {"mod.py": "count = 0\n\ndef f():\n    global count\n    count += 1\n    return count\n", "test_it.py": test("mod.f() == 1")}, {"mod.py": "count = 4\n\ndef f():\n    global count\n    count += 1\n    return count\n"}),
    trap("constant_in_a_conftest", {"mod.py": LIMIT, "conftest.py": "import pytest\n\nfrom . import mod\n\n@pytest.fixture\ndef it():\n    return mod.LIMIT\n", "test_it.py": "def test_it(it):\n    assert it == 1\n"}, {"mod.py": MORE}),
    trap("constant_that_parametrizes", {"mod.py": "SIZES = (1, 2)\n", "test_it.py": "import pytest\n\nfrom . import mod\n\n@pytest.mark.parametrize('size', mod.SIZES)\ndef test_it(size):\n    assert size < 3\n"}, {"mod.py": "SIZES = (1, 3)\n"}),
    trap("private_name_in_a_class", {"mod.py": "_A__size = 1\n\nclass A:\n    def f(self):\n        return __size\n", "make.py": THROUGH, "test_it.py": test("make().f() == 1", "from .make import make\n")}, {"mod.py": "_A__size = 2\n\nclass A:\n    def f(self):\n        return __size\n"}),
)  # fmt: skip

STATEMENTS = (
    trap("same_name_again", {"mod.py": "def f():\n    return 1\n", "test_it.py": test("mod.f() == 1")}, {"mod.py": "def f():\n    return 1\n\ndef f():\n    return 2\n"}),
    trap("order_of_constants", {"mod.py": "A = 1\nB = A\nA = 2\n", "test_it.py": test("mod.B == 1")}, {"mod.py": "A = 1\nA = 2\nB = A\n"}),
    trap("order_of_a_constant_and_a_call", {"mod.py": "A = 1\nB = dict(a=A)\nA = 2\n", "test_it.py": test("mod.B['a'] == 1")}, {"mod.py": "A = 1\nA = 2\nB = dict(a=A)\n"}),
    trap("order_in_a_cycle", {"a.py": "SIZE = 1\nfrom . import b\n", "b.py": "from . import a\n\nFOUND = getattr(a, 'SIZE', 0)\n", "test_it.py": test("b.FOUND == 1", "from . import a, b\n")}, {"a.py": "from . import b\nSIZE = 1\n"}),
    trap("import_with_effects", {"state.py": "known = []\n", "effects.py": "from . import state\n\nstate.known.append(1)\n", "mod.py": "def f():\n    return 1\n", "test_it.py": test("mod.f() == 1 and not state.known", "from . import mod, state\n")}, {"mod.py": "from . import effects\n\ndef f():\n    return 1\n"}),
    trap("import_that_wins_a_cycle", {"a.py": "from . import b\n\nSIZE = 1\n", "b.py": "from . import a\n\nFOUND = getattr(a, 'SIZE', 0)\n", "mod.py": "from . import a\n", "test_it.py": "from . import mod\nfrom . import b\n\ndef test_it():\n    assert b.FOUND == 0\n"}, {"mod.py": "from . import b\nfrom . import a\n"}),
    trap("new_statement_that_fails", {"mod.py": LIMIT, "test_it.py": test("mod.LIMIT == 1")}, {"mod.py": LIMIT + "SIZE = MISSING\n"}),
    trap("new_statement_that_fails_late", {"mod.py": LIMIT, "test_it.py": test("mod.LIMIT == 1")}, {"mod.py": "SIZE = LIMIT\n" + LIMIT}),
    trap("new_function_that_does_not_compile", {"mod.py": LIMIT, "test_it.py": test("mod.LIMIT == 1")}, {"mod.py": LIMIT + "\ndef f():\n    nonlocal x\n"}),
    trap("new_default_that_fails", {"mod.py": LIMIT, "test_it.py": test("mod.LIMIT == 1")}, {"mod.py": LIMIT + "\ndef f(x=1 / 0):\n    pass\n"}),
    trap("new_annotation_that_fails", {"mod.py": LIMIT, "test_it.py": test("mod.LIMIT == 1")}, {"mod.py": LIMIT + "\ndef f(x: LIMIT | None):\n    pass\n"}),
    trap("annotation_that_fails_since_its_name_changed", {"mod.py": "class A:\n    pass\n\ndef f(x: A | None):\n    pass\n", "test_it.py": "from . import mod\n\ndef test_it():\n    pass\n"}, {"mod.py": "A = 1\n\ndef f(x: A | None):\n    pass\n"}),
    trap("new_class_that_fails", {"mod.py": LIMIT + "\nclass A:\n    x = 1\n", "test_it.py": test("mod.LIMIT == 1")}, {"mod.py": LIMIT + "\nclass A:\n    __slots__ = ('x',)\n    x = 1\n"}),
    trap("new_field_that_fails", {"mod.py": "from dataclasses import dataclass\n\n@dataclass\nclass A:\n    x: int = 1\n", "test_it.py": "from . import mod\n\ndef test_it():\n    pass\n"}, {"mod.py": "from dataclasses import dataclass\n\n@dataclass\nclass A:\n    x: int = 1\n    y: int\n"}),
    trap("new_deletion", {"mod.py": LIMIT + "\ndef f():\n    return LIMIT\n", "test_it.py": test("mod.f() == 1")}, {"mod.py": LIMIT + "\ndef f():\n    return LIMIT\n\ndel LIMIT\n"}),
    trap("new_module_getattr", {"mod.py": LIMIT, "test_it.py": test("not hasattr(mod, 'OTHER')")}, {"mod.py": LIMIT + "\ndef __getattr__(name):\n    return 1\n"}),
    trap("new_names_of_a_star_import", {"names.py": "A = 1\n_B = 1\n", "mod.py": "from .names import *\n", "test_it.py": test("not hasattr(mod, '_B')")}, {"names.py": "A = 1\n_B = 1\n__all__ = ['_B']\n"}),
    trap("new_member_of_an_enumeration", {"mod.py": "import enum\n\nclass A(enum.Enum):\n    ONE = 1\n", "over.py": "from .mod import A\n\ndef count():\n    return len(list(A))\n", "test_it.py": test("count() == 1", "from .over import count\n")}, {"mod.py": "import enum\n\nclass A(enum.Enum):\n    ONE = 1\n    TWO = 2\n"}),
    trap("new_field_of_a_named_tuple", {"mod.py": "from typing import NamedTuple\n\nclass A(NamedTuple):\n    x: int = 1\n", "make.py": THROUGH, "test_it.py": test("len(make()) == 1", "from .make import make\n")}, {"mod.py": "from typing import NamedTuple\n\nclass A(NamedTuple):\n    x: int = 1\n    y: int = 1\n"}),
)  # fmt: skip

EQUAL = "class A:\n    def f(self):\n        return 1\n"
BASE = "KNOWN = []\n\nclass B:\n    pass\n"
HOOK = BASE + "\n    def __init_subclass__(cls):\n        KNOWN.append(cls)\n"
CLASSES = (
    made("attribute_through_an_object", "class A:\n    size = 1\n", "class A:\n    size = 2\n", "make().size == 1"),
    made("constant_in_a_class", LIMIT + "\nclass A:\n    size = LIMIT\n", MORE + "\nclass A:\n    size = LIMIT\n", "make().size == 1"),
    made("new_override_of_a_method", "class B:\n    def f(self):\n        return 1\n\nclass A(B):\n    pass\n", "class B:\n    def f(self):\n        return 1\n\nclass A(B):\n    def f(self):\n        return 2\n", "make().f() == 1"),
    made("new_method_of_a_base_class", "class B:\n    pass\n\nclass A(B):\n    pass\n", "class B:\n    def __len__(self):\n        return 0\n\nclass A(B):\n    pass\n", "make()"),
    made("new_equality", EQUAL, EQUAL + "\n    def __eq__(self, other):\n        return True\n", "make() != 1"),
    made("new_hash", EQUAL, EQUAL + "\n    def __hash__(self):\n        return 5\n", "hash(make()) != 5"),
    made("new_truth", EQUAL, EQUAL + "\n    def __bool__(self):\n        return False\n", "make()"),
    made("new_getattr", EQUAL, EQUAL + "\n    def __getattr__(self, name):\n        return 1\n", "not hasattr(make(), 'g')"),
    made("new_method_that_the_library_calls", EQUAL, EQUAL + "\n    def __str__(self):\n        return 'A'\n", "str(make()) != 'A'"),
    made("new_slots", "class A:\n    pass\n", "class A:\n    __slots__ = ()\n", "hasattr(make(), '__dict__')"),
    made("attribute_becomes_a_property", "class A:\n    size = 1\n", "class A:\n    @property\n    def size(self):\n        return 2\n", "make().size == 1"),
    made("setter_of_a_property", "class A:\n    @property\n    def size(self):\n        return 1\n", "class A:\n    @property\n    def size(self):\n        return 1\n\n    @size.setter\n    def size(self, value):\n        pass\n", "type(make()).size.fset is None"),
    made("alias_in_a_dataclass", "from __future__ import annotations\n\nfrom dataclasses import dataclass\nfrom typing import ClassVar\n\nKIND = int\n\n@dataclass\nclass A:\n    x: KIND = 1\n", "from __future__ import annotations\n\nfrom dataclasses import dataclass\nfrom typing import ClassVar\n\nKIND = ClassVar\n\n@dataclass\nclass A:\n    x: KIND = 1\n", "'x' in repr(make())"),
    made("new_field_of_a_dataclass", "from dataclasses import dataclass\n\n@dataclass\nclass A:\n    x: int = 1\n", "from dataclasses import dataclass\n\n@dataclass\nclass A:\n    x: int = 1\n    y: int = 2\n", "'y' not in repr(make())"),
    trap("new_hook_into_subclasses", {"base.py": BASE, "mod.py": "from .base import B\n\nclass A(B):\n    pass\n", "test_it.py": test("not base.KNOWN", "from . import base, mod\n")}, {"base.py": HOOK}),
    trap("new_subclass_of_a_class_with_a_hook", {"mod.py": HOOK, "test_it.py": test("not mod.KNOWN")}, {"mod.py": HOOK + "\n\nclass C(B):\n    pass\n"}),
    trap("new_subclass", {"mod.py": "class B:\n    pass\n", "over.py": "from .mod import B\n\nname = '__subclass' + 'es__'\n\ndef count():\n    return len(getattr(B, name)())\n", "test_it.py": test("count() == 0", "from .over import count\n")}, {"mod.py": "class B:\n    pass\n\nclass C(B):\n    pass\n"}),
    trap("new_subclass_of_a_subclass", {"mod.py": "class B:\n    pass\n\nclass C(B):\n    pass\n", "over.py": "from .mod import B\n\nname = '__subclass' + 'es__'\n\ndef count():\n    return len(getattr(getattr(B, name)()[0], name)())\n", "test_it.py": test("count() == 0", "from .over import count\n")}, {"mod.py": "class B:\n    pass\n\nclass C(B):\n    pass\n\nclass D(C):\n    pass\n"}),
    trap("descriptor_in_a_class", {"hook.py": "KNOWN = []\n\nclass Hook:\n    def __set_name__(self, owner, name):\n        KNOWN.append(name)\n\nhook = Hook()\n", "mod.py": "from .hook import hook\n\nclass A:\n    pass\n", "test_it.py": test("not KNOWN", "from . import mod\nfrom .hook import KNOWN\n")}, {"mod.py": "from .hook import hook\n\nclass A:\n    x = hook\n"}),
)  # fmt: skip

MANY = "LIMIT = 1\nOTHER = 1\n\n\ndef f():\n    return LIMIT\n\n\ndef g():\n    return OTHER\n\n\nclass A:\n    size = 1\n\n    def h(self):\n        return 1\n"
USERS = "from .mod import A, f, g\n\ndef test_f():\n    assert f() == 1\n\ndef test_g():\n    assert g() == 1\n\ndef test_a():\n    assert A().size == 1\n"
UNREAD = {
    "function": MANY
    + "\n\ndef new(x: list[str] | None, *, y: int = 1) -> dict[str, tuple[int, ...]]:\n    return x\n",
    "constant": "NEW = {'a': (1, -2)}\n" + MANY,
    "class": MANY + "\n\nclass New(ValueError):\n    '''New.'''\n\n    def f(self):\n        return 1\n",
    "cached_function": MANY.replace("def f", "def new():\n    return 1\n\n\ndef f"),
    "other_order": MANY.replace("LIMIT = 1\nOTHER = 1\n", "OTHER = 1\nLIMIT = 1\n"),
    "constant_changed": "UNREAD = 2\n" + MANY,
    "constant_gone": MANY,
}
BEFORE = {"constant_changed": "UNREAD = 1\n" + MANY, "constant_gone": "UNREAD = 1\n" + MANY}
TAME = (
    *(
        trap(f"unread_{name}", {"mod.py": BEFORE.get(name, MANY), "test_it.py": USERS}, {"mod.py": text}, has_no_effect=True)
        for name, text in UNREAD.items()
    ),
    trap("unread_behind_an_import", {"deep.py": "A = 1\nB = 1\n", "mod.py": "from .deep import A, B\n\ndef f():\n    return A\n", "test_it.py": test("mod.f() == 1")}, {"deep.py": "A = 1\nB = 2\n"}, has_no_effect=True),
    trap("read_constant", {"mod.py": MANY, "test_it.py": USERS}, {"mod.py": MANY.replace("LIMIT = 1", "LIMIT = 2")}, spares=("test_g", "test_a")),
    trap("read_attribute", {"mod.py": MANY, "test_it.py": USERS}, {"mod.py": MANY.replace("size = 1", "size = 2")}, spares=("test_g", "test_f")),
    trap("read_default", {"mod.py": MANY.replace("def f()", "def f(x=1)").replace("return LIMIT", "return x"), "test_it.py": USERS}, {"mod.py": MANY.replace("def f()", "def f(x=2)").replace("return LIMIT", "return x")}, spares=("test_g", "test_a")),
    trap("read_constant_behind_names", {"deep.py": MANY, "mod.py": "from .deep import LIMIT as L\nfrom .deep import A, g\n\nSIZE = L\n\ndef f():\n    return SIZE\n", "test_it.py": USERS}, {"deep.py": MANY.replace("LIMIT = 1", "LIMIT = 2")}, spares=("test_g", "test_a")),
    trap("read_function_gone", {"mod.py": MANY, "test_it.py": USERS.replace("import A, f, g", "import A, g").replace("    assert f()", "    from .mod import f\n    assert f()")}, {"mod.py": MANY.replace("def f()", "def renamed()")}, spares=("test_g", "test_a")),
    trap("read_field", {"mod.py": "from dataclasses import dataclass, field\n\n\n@dataclass(frozen=True)\nclass A:\n    size: int = 1\n    more: list = field(default_factory=list)\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 1\n", "test_it.py": USERS}, {"mod.py": "from dataclasses import dataclass, field\n\n\n@dataclass(frozen=True)\nclass A:\n    size: int = 2\n    more: list = field(default_factory=list)\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 1\n"}, spares=("test_g", "test_f")),
)  # fmt: skip

NAMES = (*READERS, *STATEMENTS, *CLASSES, *TAME)
