"""Traps: small projects, each with an edit that changes what some of its tests say, or nothing; as data.

Each trap is a package below `traps/` of one project. What an edit affects is not written here: a full run says it.
"""

from __future__ import annotations

from .hidden import HIDDEN
from .names import NAMES
from .trap import GONE, trap


def imports(name: str, expected: str) -> str:
    """Return a test that compares a name of `mod` with a value."""
    return f"from .mod import {name}\n\ndef test_it():\n    assert {name} == {expected}\n"


CODE = (
    trap("function_body", {"mod.py": "def f():\n    return 1\n\ndef g():\n    return 1\n", "test_it.py": "from .mod import f, g\n\ndef test_it():\n    assert f() == 1\n\ndef test_other():\n    assert g() == 1\n"},
         {"mod.py": "def f():\n    return 2\n\ndef g():\n    return 1\n"}),
    trap("constant", {"mod.py": "LIMIT = 1\n", "test_it.py": imports("LIMIT", "1")}, {"mod.py": "LIMIT = 2\n"}),
    trap("constant_behind_two_modules", {"deep.py": "LIMIT = 1\n", "mod.py": "from .deep import LIMIT\n", "test_it.py": imports("LIMIT", "1")}, {"deep.py": "LIMIT = 2\n"}),
    trap("class_attribute", {"mod.py": "class A:\n    size = 1\n", "test_it.py": imports("A", "A\n    assert A.size == 1")}, {"mod.py": "class A:\n    size = 2\n"}),
    trap("attribute_of_a_base_class", {"base.py": "class B:\n    size = 1\n", "mod.py": "from .base import B\n\nclass A(B):\n    pass\n", "test_it.py": imports("A.size", "1").replace("import A.size", "import A")}, {"base.py": "class B:\n    size = 2\n"}),
    trap("method_of_a_base_class", {"base.py": "class B:\n    def f(self):\n        return 1\n", "mod.py": "from .base import B\n\nclass A(B):\n    pass\n", "test_it.py": "from .mod import A\n\ndef test_it():\n    assert A().f() == 1\n"}, {"base.py": "class B:\n    def f(self):\n        return 2\n"}),
    trap("new_override", {"mod.py": "class B:\n    def f(self):\n        return 1\n\nclass A(B):\n    pass\n", "test_it.py": "from .mod import A\n\ndef test_it():\n    assert A().f() == 1\n"}, {"mod.py": "class B:\n    def f(self):\n        return 1\n\nclass A(B):\n    def f(self):\n        return 2\n"}),
    trap("default_of_a_dataclass", {"mod.py": "from dataclasses import dataclass\n\n@dataclass\nclass A:\n    size: int = 1\n", "test_it.py": "from .mod import A\n\ndef test_it():\n    assert A().size == 1\n"}, {"mod.py": "from dataclasses import dataclass\n\n@dataclass\nclass A:\n    size: int = 2\n"}),
    trap("metaclass", {"meta.py": "class M(type):\n    def __new__(cls, name, bases, space):\n        return super().__new__(cls, name, bases, {**space, 'size': 1})\n", "mod.py": "from .meta import M\n\nclass A(metaclass=M):\n    pass\n", "test_it.py": "from .mod import A\n\ndef test_it():\n    assert A.size == 1\n"}, {"meta.py": "class M(type):\n    def __new__(cls, name, bases, space):\n        return super().__new__(cls, name, bases, {**space, 'size': 2})\n"}),
    trap("callee_of_a_metaclass", {"help.py": "def size():\n    return 1\n", "meta.py": "from . import help\n\nclass M(type):\n    def __init__(cls, *rest):\n        cls.size = help.size()\n", "mod.py": "from .meta import M\n\nclass A(metaclass=M):\n    pass\n", "test_it.py": "from .mod import A\n\ndef test_it():\n    assert A.size == 1\n"}, {"help.py": "def size():\n    return 2\n"}),
    trap("decorator", {"deco.py": "def plus(f):\n    def g():\n        return f() + 1\n    return g\n", "mod.py": "from .deco import plus\n\n@plus\ndef f():\n    return 1\n", "test_it.py": "from .mod import f\n\ndef test_it():\n    assert f() == 2\n"}, {"deco.py": "def plus(f):\n    return f\n"}),
    trap("default_argument", {"mod.py": "def f(x=1):\n    return x\n", "test_it.py": "from .mod import f\n\ndef test_it():\n    assert f() == 1\n"}, {"mod.py": "def f(x=2):\n    return x\n"}),
    trap("docstring", {"mod.py": "def f():\n    'One.'\n", "test_it.py": "from .mod import f\n\ndef test_it():\n    assert f.__doc__ == 'One.'\n"}, {"mod.py": "def f():\n    'Two.'\n"}),
    trap("registry", {"registry.py": "KNOWN = {}\n\ndef register(f):\n    KNOWN[f.__name__] = f\n    return f\n", "plugin.py": "from .registry import register\n\n@register\ndef one():\n    return 1\n", "mod.py": "from . import plugin\nfrom .registry import KNOWN\n", "test_it.py": "from .mod import KNOWN\n\ndef test_it():\n    assert list(KNOWN) == ['one']\n"}, {"plugin.py": "from .registry import register\n\n@register\ndef two():\n    return 1\n"}),
    trap("registry_filled_by_another", {"registry.py": "KNOWN = {}\n\ndef register(name, value):\n    KNOWN[name] = value\n", "plugin.py": "from .registry import register\n\nregister('one', 1)\n", "test_a.py": "from . import plugin\n\ndef test_a():\n    assert plugin\n", "test_it.py": "from .registry import KNOWN\n\ndef test_it():\n    assert KNOWN == {'one': 1}\n"}, {"plugin.py": "from .registry import register\n\nregister('one', 2)\n"}),
    trap("registry_by_scanning", {"plugins/__init__.py": "import importlib\nimport pkgutil\n\nALL = [importlib.import_module(f'{__name__}.{each.name}').VALUE for each in pkgutil.iter_modules(__path__)]\n", "plugins/one.py": "VALUE = 1\n", "test_it.py": "from .plugins import ALL\n\ndef test_it():\n    assert ALL == [1]\n"}, {"plugins/two.py": "VALUE = 2\n"}),
    trap("optional_import_appears", {"mod.py": "try:\n    from . import fast\nexcept ImportError:\n    fast = None\n", "test_it.py": imports("fast", "None")}, {"fast.py": "\n"}),
    trap("optional_import_vanishes", {"fast.py": "\n", "mod.py": "try:\n    from . import fast\nexcept ImportError:\n    fast = None\n", "test_it.py": "from .mod import fast\n\ndef test_it():\n    assert fast\n"}, {"fast.py": GONE}),
    trap("import_in_a_test", {"late.py": "SIZE = 1\n", "test_it.py": "def test_it():\n    from .late import SIZE\n\n    assert SIZE == 1\n\ndef test_other():\n    assert True\n"}, {"late.py": "SIZE = 2\n"}),
    trap("import_in_a_function", {"late.py": "SIZE = 1\n", "mod.py": "def f():\n    from .late import SIZE\n\n    return SIZE\n", "test_it.py": "from .mod import f\n\ndef test_a():\n    assert f() == 1\n\ndef test_b():\n    assert f() == 1\n"}, {"late.py": "SIZE = 2\n"}),
    trap("import_by_name", {"late.py": "SIZE = 1\n", "test_it.py": "import importlib\n\ndef test_it():\n    assert importlib.import_module('.late', __package__).SIZE == 1\n"}, {"late.py": "SIZE = 2\n"}),
    trap("cycle_of_imports", {"a.py": "from . import b\n\nSIZE = 1\n", "b.py": "from . import a\n\ndef size():\n    return a.SIZE\n", "test_it.py": "from .b import size\n\ndef test_it():\n    assert size() == 1\n"}, {"a.py": "from . import b\n\nSIZE = 2\n"}),
    trap("package_wins_over_module", {"helper.py": "SIZE = 1\n", "test_it.py": "from .helper import SIZE\n\ndef test_it():\n    assert SIZE == 1\n"}, {"helper/__init__.py": "SIZE = 2\n"}),
    trap("module_shadows_the_standard_library", {"test_it.py": "def test_it():\n    import colorsys\n\n    assert hasattr(colorsys, 'rgb_to_hsv')\n"}, {"/colorsys.py": "\n"}),
    trap("star_import", {"names.py": "SIZE = 1\n", "mod.py": "from .names import *\n", "test_it.py": imports("SIZE", "1")}, {"names.py": "SIZE = 2\n"}),
    trap("module_getattr", {"mod.py": "def __getattr__(name):\n    return 1\n", "test_it.py": "from . import mod\n\ndef test_it():\n    assert mod.anything == 1\n"}, {"mod.py": "def __getattr__(name):\n    return 2\n"}),
    trap("source_is_read", {"mod.py": "def f():\n    return 1  # one\n", "test_it.py": "import inspect\n\nfrom .mod import f\n\ndef test_it():\n    assert '# one' in inspect.getsource(f)\n"}, {"mod.py": "def f():\n    return 1  # two\n"}),
    trap("module_deleted", {"mod.py": "SIZE = 1\n", "test_it.py": "from .mod import SIZE\n\ndef test_it():\n    assert SIZE == 1\n"}, {"mod.py": GONE}),
    trap("syntax_error", {"mod.py": "SIZE = 1\n", "test_it.py": "def test_it():\n    from .mod import SIZE\n\n    assert SIZE == 1\n"}, {"mod.py": "SIZE = = 1\n"}),
    trap("thread", {"mod.py": "def f(found):\n    found.append(1)\n", "test_it.py": "import threading\n\nfrom .mod import f\n\ndef test_it():\n    found = []\n    thread = threading.Thread(target=f, args=[found])\n    thread.start()\n    thread.join()\n    assert found == [1]\n"}, {"mod.py": "def f(found):\n    found.append(2)\n"}),
    trap("generator_and_lambda", {"mod.py": "double = lambda x: x * 2\n\ndef all_of():\n    yield double(1)\n", "test_it.py": "from .mod import all_of\n\ndef test_it():\n    assert list(all_of()) == [2]\n"}, {"mod.py": "double = lambda x: x * 3\n\ndef all_of():\n    yield double(1)\n"}),
)  # fmt: skip

CACHES = (
    trap("lru_cache", {"mod.py": "import functools\n\n@functools.lru_cache\ndef f():\n    return g()\n\ndef g():\n    return 1\n", "test_it.py": "from .mod import f\n\ndef test_a():\n    assert f() == 1\n\ndef test_b():\n    assert f() == 1\n"}, {"mod.py": "import functools\n\n@functools.lru_cache\ndef f():\n    return g()\n\ndef g():\n    return 2\n"}),
    trap("cache_by_hand", {"mod.py": "_known = {}\n\ndef f():\n    if 'x' not in _known:\n        _known['x'] = g()\n    return _known['x']\n\ndef g():\n    return 1\n", "test_a.py": "from .mod import f\n\ndef test_a():\n    assert f() == 1\n", "test_b.py": "from .mod import f\n\ndef test_b():\n    assert f() == 1\n"}, {"mod.py": "_known = {}\n\ndef f():\n    if 'x' not in _known:\n        _known['x'] = g()\n    return _known['x']\n\ndef g():\n    return 2\n"}),
    trap("cache_filled_by_an_import", {"conf.py": "import functools\nimport pathlib\n\n@functools.lru_cache\ndef load():\n    return pathlib.Path(__file__).with_name('conf.txt').read_text()\n", "conf.txt": "one", "other.py": "from .conf import load\n\nTEXT = load()\n", "test_a.py": "from .other import TEXT\n\ndef test_a():\n    assert TEXT\n", "test_b.py": "from .conf import load\n\ndef test_b():\n    assert load() == 'one'\n"}, {"conf.txt": "two"}),
    trap("cache_filled_by_a_fixture", {"conf.py": "import functools\n\n@functools.lru_cache\ndef load():\n    return 1\n", "conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef app():\n    from .conf import load\n\n    return load()\n", "test_a.py": "def test_a(app):\n    assert app\n", "test_b.py": "from .conf import load\n\ndef test_b():\n    assert load() == 1\n"}, {"conf.py": "import functools\n\n@functools.lru_cache\ndef load():\n    return 2\n"}),
)  # fmt: skip

FIXTURE = "import pytest\n\nfrom .mod import size\n\n@pytest.fixture(scope='{scope}')\ndef it():\n    return size()\n"
TWO_TESTS = "class TestIt:\n    def test_a(self, it):\n        assert it == 1\n\n    def test_b(self, it):\n        assert it == 1\n"
SIZE = "def size():\n    return 1\n"
FIXTURES = (
    *(
        trap(f"fixture_of_a_{scope}", {"mod.py": SIZE, "conftest.py": FIXTURE.format(scope=scope), "test_it.py": TWO_TESTS}, {"mod.py": SIZE.replace("1", "2")})
        for scope in ("session", "package", "module", "class", "function")
    ),
    trap("fixture_of_fixtures", {"mod.py": SIZE, "conftest.py": FIXTURE.format(scope="session") + "\n@pytest.fixture(scope='module')\ndef outer(it):\n    return it\n\n@pytest.fixture\ndef inner(outer):\n    return outer\n", "test_it.py": "def test_a(inner):\n    assert inner == 1\n\ndef test_b(inner):\n    assert inner == 1\n"}, {"mod.py": SIZE.replace("1", "2")}),
    trap("fixture_asked_for_by_name", {"mod.py": SIZE, "conftest.py": FIXTURE.format(scope="session"), "test_it.py": "def test_a(request):\n    assert request.getfixturevalue('it') == 1\n\ndef test_b(request):\n    assert request.getfixturevalue('it') == 1\n"}, {"mod.py": SIZE.replace("1", "2")}),
    trap("fixture_that_all_use", {"mod.py": SIZE, "state.py": "size = 0\n", "conftest.py": "import pytest\n\nfrom . import mod, state\n\n@pytest.fixture(scope='package', autouse=True)\ndef it():\n    state.size = mod.size()\n", "test_it.py": "from . import state\n\ndef test_a():\n    assert state.size == 1\n\ndef test_b():\n    assert state.size == 1\n"}, {"mod.py": SIZE.replace("1", "2")}),
    trap("parametrized_fixture", {"mod.py": "SIZES = [1, 2]\n", "conftest.py": "import pytest\n\nfrom .mod import SIZES\n\n@pytest.fixture(scope='module', params=SIZES)\ndef it(request):\n    return request.param\n", "test_it.py": "def test_a(it):\n    assert it < 3\n\ndef test_b(it):\n    assert it < 3\n"}, {"mod.py": "SIZES = [1, 3]\n"}),
    trap("finalizer", {"mod.py": "def close():\n    return 1\n", "conftest.py": "import pytest\n\nfrom .mod import close\n\n@pytest.fixture(scope='module')\ndef it():\n    yield 1\n    assert close() == 1\n", "test_it.py": "def test_it(it):\n    assert it == 1\n"}, {"mod.py": "def close():\n    return 2\n"}),
    trap("class_set_up", {"mod.py": SIZE, "test_it.py": "from .mod import size\n\nclass TestIt:\n    @classmethod\n    def setup_class(cls):\n        cls.size = size()\n\n    def test_a(self):\n        assert self.size == 1\n\n    def test_b(self):\n        assert self.size == 1\n"}, {"mod.py": SIZE.replace("1", "2")}),
    trap("module_set_up", {"mod.py": SIZE, "test_it.py": "from .mod import size\n\nFOUND = []\n\ndef setup_module():\n    FOUND.append(size())\n\ndef test_a():\n    assert FOUND == [1]\n\ndef test_b():\n    assert FOUND == [1]\n"}, {"mod.py": SIZE.replace("1", "2")}),
    trap("unittest", {"mod.py": SIZE, "test_it.py": "import unittest\n\nfrom .mod import size\n\nclass TestIt(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        cls.size = size()\n\n    def test_a(self):\n        self.assertEqual(self.size, 1)\n\n    def test_b(self):\n        self.assertEqual(self.size, 1)\n"}, {"mod.py": SIZE.replace("1", "2")}),
    trap("new_conftest", {"test_it.py": "import os\n\ndef test_it():\n    assert 'TRAP_CONFTEST' not in os.environ\n"}, {"conftest.py": "import os\n\nimport pytest\n\n@pytest.fixture(autouse=True)\ndef _set(monkeypatch):\n    monkeypatch.setenv('TRAP_CONFTEST', '1')\n"}),
    trap("changed_conftest", {"conftest.py": "import pytest\n\n@pytest.fixture\ndef it():\n    return 1\n", "sub/__init__.py": "", "sub/test_it.py": "def test_it(it):\n    assert it == 1\n"}, {"conftest.py": "import pytest\n\n@pytest.fixture\ndef it():\n    return 2\n"}),
    trap("conftest_that_wins", {"conftest.py": "import pytest\n\n@pytest.fixture\ndef it():\n    return 1\n", "sub/__init__.py": "", "sub/test_it.py": "def test_it(it):\n    assert it == 1\n"}, {"sub/conftest.py": "import pytest\n\n@pytest.fixture\ndef it():\n    return 2\n"}),
    trap("parametrization", {"cases.py": "CASES = [1, 2]\n", "test_it.py": "import pytest\n\nfrom .cases import CASES\n\n@pytest.mark.parametrize('case', CASES, ids=['a', 'b'])\ndef test_it(case):\n    assert case < 3\n"}, {"cases.py": "CASES = [1, 3]\n"}),
    trap("mark_by_a_hook", {"skips.txt": "", "conftest.py": "import pathlib\n\nimport pytest\n\ndef pytest_runtest_setup(item):\n    if item.name in pathlib.Path(__file__).with_name('skips.txt').read_text():\n        pytest.fail('not wanted')\n", "test_it.py": "def test_wanted():\n    assert True\n"}, {"skips.txt": "test_wanted"}),
)  # fmt: skip

READ = "import pathlib\n\nHERE = pathlib.Path(__file__).parent\n"
DATA = (
    trap("file_read_at_import", {"mod.py": READ + "SIZE = int((HERE / 'size.txt').read_text())\n", "size.txt": "1", "test_it.py": imports("SIZE", "1")}, {"size.txt": "2"}),
    trap("file_read_in_a_fixture", {"conftest.py": READ + "import pytest\n\n@pytest.fixture(scope='session')\ndef it():\n    return int((HERE / 'size.txt').read_text())\n", "size.txt": "1", "test_it.py": TWO_TESTS}, {"size.txt": "2"}),
    trap("file_read_in_a_test", {"size.txt": "1", "test_it.py": READ + "def test_it():\n    assert (HERE / 'size.txt').read_text() == '1'\n\ndef test_other():\n    assert True\n"}, {"size.txt": "2"}),
    trap("file_deleted", {"size.txt": "1", "test_it.py": READ + "def test_it():\n    assert open(HERE / 'size.txt').read()\n"}, {"size.txt": GONE}),
    trap("file_appears", {"test_it.py": READ + "import pytest\n\ndef test_it():\n    with pytest.raises(OSError):\n        open(HERE / 'size.txt')\n"}, {"size.txt": "1"}),
    trap("existence", {"test_it.py": READ + "def test_it():\n    assert not (HERE / 'flag').exists()\n"}, {"flag": ""}),
    trap("size_of_a_file", {"size.txt": "1", "test_it.py": READ + "import os\n\ndef test_it():\n    assert os.path.getsize(HERE / 'size.txt') == 1\n"}, {"size.txt": "22"}),
    trap("size_by_stat", {"size.txt": "1", "test_it.py": READ + "def test_it():\n    assert (HERE / 'size.txt').stat().st_size == 1\n"}, {"size.txt": "22"}),
    trap("listing", {"data/a.txt": "", "test_it.py": READ + "import os\n\ndef test_it():\n    assert os.listdir(HERE / 'data') == ['a.txt']\n"}, {"data/b.txt": ""}),
    trap("glob", {"data/a.txt": "", "test_it.py": READ + "def test_it():\n    assert len(list(HERE.glob('data/*.txt'))) == 1\n"}, {"data/b.txt": ""}),
    trap("glob_that_descends", {"data/in/a.txt": "", "test_it.py": READ + "def test_it():\n    assert len(list(HERE.glob('data/**/*.txt'))) == 1\n"}, {"data/in/deep/b.txt": ""}),
    trap("parametrized_by_files", {"data/a.txt": "1", "test_it.py": READ + "import pytest\n\n@pytest.mark.parametrize('path', sorted(HERE.glob('data/*')), ids=lambda each: each.name)\ndef test_it(path):\n    assert path.read_text() == '1'\n"}, {"data/b.txt": "2"}),
    trap("package_data", {"size.txt": "1", "test_it.py": "import pkgutil\n\ndef test_it():\n    assert pkgutil.get_data(__package__, 'size.txt') == b'1'\n"}, {"size.txt": "2"}),
    trap("resource", {"size.txt": "1", "test_it.py": "from importlib import resources\n\ndef test_it():\n    assert resources.files(__package__).joinpath('size.txt').read_text() == '1'\n"}, {"size.txt": "2"}),
    trap("database_file", {"make.txt": "1", "test_it.py": READ + "import sqlite3\n\ndef test_it():\n    with sqlite3.connect(f'file:{HERE / \"make.txt\"}?mode=ro', uri=True):\n        pass\n    assert open(HERE / 'make.txt', 'rb').read() == b'1'\n"}, {"make.txt": "2"}),
    trap("template", {"page.html": "Hello {{ name }}", "mod.py": READ + "from jinja2 import Environment, FileSystemLoader\n\nENVIRONMENT = Environment(loader=FileSystemLoader(HERE))\n\ndef page():\n    return ENVIRONMENT.get_template('page.html').render(name='A')\n", "test_it.py": "from .mod import page\n\ndef test_a():\n    assert page() == 'Hello A'\n\ndef test_b():\n    assert page() == 'Hello A'\n"}, {"page.html": "Bye {{ name }}"}),
    trap("template_that_wins", {"first/keep": "", "second/page.html": "Hello", "mod.py": READ + "from jinja2 import Environment, FileSystemLoader\n\ndef page():\n    return Environment(loader=FileSystemLoader([HERE / 'first', HERE / 'second'])).get_template('page.html').render()\n", "test_it.py": "from .mod import page\n\ndef test_a():\n    assert page() == 'Hello'\n"}, {"first/page.html": "Bye"}),
    trap("environment", {"test_it.py": "import os\n\ndef test_it():\n    assert os.environ.get('TRAP_A', '1') == '1'\n\ndef test_other():\n    assert True\n"}, {}, environment={"TRAP_A": "2"}),
    trap("environment_at_import", {"mod.py": "import os\n\nSIZE = os.getenv('TRAP_B', '1')\n", "test_it.py": imports("SIZE", "'1'")}, {}, environment={"TRAP_B": "2"}),
    trap("environment_tested", {"test_it.py": "import os\n\ndef test_it():\n    assert 'TRAP_C' not in os.environ\n"}, {}, environment={"TRAP_C": ""}),
    trap("subprocess_reads_a_file", {"size.txt": "1", "test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    code = f\"print(open({str(HERE / 'size.txt')!r}).read())\"\n    assert subprocess.check_output([sys.executable, '-c', code], text=True) == '1\\n'\n"}, {"size.txt": "2"}),
    trap("subprocess_runs_a_module", {"program.py": "print(1)\n", "test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    assert subprocess.check_output([sys.executable, HERE / 'program.py'], text=True) == '1\\n'\n"}, {"program.py": "print(2)\n"}),
    trap("subprocess_imports_a_module", {"inner/mod.py": "SIZE = 1\n", "test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    assert subprocess.check_output([sys.executable, '-c', 'import mod; print(mod.SIZE)'], text=True, cwd=HERE / 'inner') == '1\\n'\n"}, {"inner/mod.py": "SIZE = 2\n"}),
    trap("subprocess_finds_a_module_that_wins", {"first/keep": "", "second/mod.py": "SIZE = 1\n", "test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    code = f\"import sys; sys.path[:0] = [{str(HERE / 'first')!r}, {str(HERE / 'second')!r}]; import mod; print(mod.SIZE)\"\n    assert subprocess.check_output([sys.executable, '-c', code], text=True) == '1\\n'\n"}, {"first/mod.py": "SIZE = 2\n"}),
    trap("subprocess_asks_whether_it_exists", {"test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    code = f\"import os; print(os.path.exists({str(HERE / 'flag')!r}))\"\n    assert subprocess.check_output([sys.executable, '-c', code], text=True) == 'False\\n'\n"}, {"flag": ""}),
    trap("subprocess_lists_a_folder", {"data/a.txt": "", "test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    code = f\"import os; print(len(os.listdir({str(HERE / 'data')!r})))\"\n    assert subprocess.check_output([sys.executable, '-c', code], text=True) == '1\\n'\n"}, {"data/b.txt": ""}),
    trap("subprocess_reads_a_variable", {"test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    code = 'import os; print(os.environ.get(\"TRAP_D\"))'\n    assert subprocess.check_output([sys.executable, '-c', code], text=True) == 'None\\n'\n"}, {}, environment={"TRAP_D": "2"}),
    trap("subprocess_of_a_subprocess", {"size.txt": "1", "outer.py": "import pathlib\nimport subprocess\nimport sys\n\nsubprocess.run([sys.executable, pathlib.Path(__file__).with_name('inner.py')], check=True)\n", "inner.py": "import pathlib\n\nprint(pathlib.Path(__file__).with_name('size.txt').read_text())\n", "test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    assert subprocess.check_output([sys.executable, HERE / 'outer.py'], text=True) == '1\\n'\n"}, {"size.txt": "2"}),
    trap("subprocess_with_m", {"program.py": "from .size import SIZE\nprint(SIZE)\n", "size.py": "SIZE = 1\n", "test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    assert subprocess.check_output([sys.executable, '-m', f'{__package__}.program'], text=True, cwd=HERE.parent.parent) == '1\\n'\n"}, {"size.py": "SIZE = 2\n"}),
    trap("subprocess_killed", {"size.txt": "1", "test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    code = f\"import os; print(open({str(HERE / 'size.txt')!r}).read(), flush=True); os.kill(os.getpid(), 9)\"\n    assert subprocess.run([sys.executable, '-c', code], text=True, stdout=subprocess.PIPE).stdout == '1\\n'\n"}, {"size.txt": "2"}),
    trap("subprocess_isolated", {"size.txt": "1", "test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    code = f\"print(open({str(HERE / 'size.txt')!r}).read())\"\n    assert subprocess.check_output([sys.executable, '-I', '-c', code], text=True) == '1\\n'\n"}, {"size.txt": "2"}),
    trap("subprocess_of_a_shell", {"size.txt": "1", "test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    code = f\"print(open('{HERE / 'size.txt'}').read())\"\n    assert subprocess.check_output(['sh', '-c', f'{sys.executable} -c \"{code}\"'], text=True) == '1\\n'\n"}, {"size.txt": "2"}),
    trap("subprocess_that_outlives", {"size.txt": "1", "test_it.py": READ + "import subprocess\nimport sys\n\ndef test_it():\n    code = f\"import time; print(open({str(HERE / 'size.txt')!r}).read(), flush=True); time.sleep(2)\"\n    child = subprocess.Popen([sys.executable, '-c', code], text=True, stdout=subprocess.PIPE)\n    assert child.stdout.readline() == '1\\n'\n"}, {"size.txt": "2"}),
    trap("spawned_by_multiprocessing", {"size.txt": "1", "work.py": "import pathlib\n\ndef work(queue):\n    queue.put(pathlib.Path(__file__).with_name('size.txt').read_text())\n", "test_it.py": "import multiprocessing\n\nfrom .work import work\n\ndef test_it():\n    context = multiprocessing.get_context('spawn')\n    queue = context.Queue()\n    child = context.Process(target=work, args=(queue,))\n    child.start()\n    assert queue.get(timeout=60) == '1'\n    child.join()\n"}, {"size.txt": "2"}),
    trap("fork", {"size.txt": "1", "test_it.py": READ + "import os\n\ndef test_it():\n    pid = os.fork()\n    if not pid:\n        os._exit(int((HERE / 'size.txt').read_text()))\n    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1\n"}, {"size.txt": "2"}),
    trap("another_folder", {"size.txt": "1", "test_it.py": READ + "def test_it(monkeypatch):\n    monkeypatch.chdir(HERE)\n    assert open('size.txt').read() == '1'\n"}, {"size.txt": "2"}),
    trap("patch_level_of_a_dependency", {"/lib/site-packages/dep.py": "SIZE = 1\n", "/lib/site-packages/dep-1.0.0.dist-info/METADATA": "Name: dep\n", "/lib/site-packages/dep-1.0.0.dist-info/RECORD": "dep.py,sha256=1,9\n", "test_it.py": "import dep\n\ndef test_it():\n    assert dep.SIZE == 1\n"}, {"/lib/site-packages/dep.py": "SIZE = 2\n", "/lib/site-packages/dep-1.0.0.dist-info/RECORD": "dep.py,sha256=2,9\n"}),
    trap("dependency_of_a_dependency", {"/lib/site-packages/over.py": "from under import SIZE\n", "/lib/site-packages/over-1.dist-info/METADATA": "Name: over\nRequires-Dist: under (>=1)\n", "/lib/site-packages/over-1.dist-info/RECORD": "over.py,sha256=1,9\n", "/lib/site-packages/under.py": "SIZE = 1\n", "/lib/site-packages/under-1.dist-info/METADATA": "Name: under\n", "/lib/site-packages/under-1.dist-info/RECORD": "under.py,sha256=1,9\n", "test_it.py": "import over\n\ndef test_it():\n    assert over.SIZE == 1\n"}, {"/lib/site-packages/under.py": "SIZE = 2\n", "/lib/site-packages/under-1.dist-info/RECORD": "under.py,sha256=2,9\n"}),
    trap("dependency_appears", {"test_it.py": "try:\n    import later\nexcept ImportError:\n    later = None\n\ndef test_it():\n    assert later is None\n"}, {"/lib/site-packages/later.py": "\n", "/lib/site-packages/later-1.dist-info/RECORD": "later.py,,\n"}),
    trap("test_renamed", {"test_it.py": "def test_a():\n    assert True\n\ndef test_b():\n    assert True\n"}, {"test_it.py": "def test_a():\n    assert True\n\ndef test_c():\n    assert True\n"}),
    trap("test_added", {"test_it.py": "def test_a():\n    assert True\n"}, {"test_it.py": "def test_a():\n    assert True\n\ndef test_new():\n    assert True\n"}),
    trap("test_deleted", {"test_it.py": "def test_a():\n    assert True\n\ndef test_b():\n    assert True\n"}, {"test_it.py": "def test_a():\n    assert True\n"}),
    trap("test_in_a_new_file", {"test_it.py": "def test_a():\n    assert True\n"}, {"test_new.py": "def test_new():\n    assert False\n"}),
    trap("doctest_in_a_text", {"test_page.txt": ">>> 1 + 1\n2\n"}, {"test_page.txt": ">>> 1 + 1\n3\n"}),
)  # fmt: skip

GLOBAL = (
    trap("new_conftest_at_the_root", {"test_it.py": "import os\n\ndef test_it():\n    assert 'TRAP_ROOT' not in os.environ\n"}, {"/conftest.py": "import os\n\nos.environ['TRAP_ROOT'] = '1'\n"}, is_global=True),
    trap("settings_of_pytest", {"test_it.py": "import warnings\n\ndef test_it():\n    warnings.warn('x')\n"}, {"/pytest.ini": "[pytest]\npythonpath = .\nfilterwarnings = error\n"}, is_global=True),
    trap("plugin_changed", {"/own_plugin.py": "import pytest\n\n@pytest.fixture\ndef own():\n    return 1\n", "test_it.py": "def test_it(own):\n    assert own == 1\n"}, {"/own_plugin.py": "import pytest\n\n@pytest.fixture\ndef own():\n    return 2\n"}, is_global=True),
)  # fmt: skip

BEFORE = "LIMIT = 1\n\n\ndef f(x):\n    if x:\n        return [1, 2]\n    return {}\n\n\nclass A:\n    def g(self):\n        return LIMIT\n"
USES = "from .mod import A, f\n\ndef test_a():\n    assert f(1)\n\ndef test_b():\n    assert not f(0)\n\ndef test_c():\n    assert A().g() == 1\n"
LAYOUTS = tuple(
    trap(f"no_effect_{name}", {"mod.py": BEFORE, "test_it.py": USES}, {"mod.py": text}, has_no_effect=True)
    for name, text in (
        ("comments", "# A comment.\n" + BEFORE.replace("    if x", "    # why\n    if x")),
        ("blank_lines", "\n\n\n" + BEFORE.replace("\n\n\n", "\n\n\n\n\n")),
        (
            "formatting",
            BEFORE.replace("[1, 2]", "[\n            1,\n            2,\n        ]").replace(
                "f(x)", "f( x )"
            ),
        ),
        ("quotes_and_brackets", BEFORE.replace("if x:", "if (x):")),
    )
)
NOTHING = (
    *LAYOUTS,
    trap("no_effect_unread_file", {"notes.txt": "1", "test_it.py": "def test_it():\n    assert True\n"}, {"notes.txt": "2"}, has_no_effect=True),
    trap("no_effect_unread_module", {"mod.py": "A = 1\n", "test_it.py": "def test_it():\n    assert True\n"}, {"mod.py": "A = 2\n"}, has_no_effect=True),
    trap("no_effect_touch", {"mod.py": BEFORE, "test_it.py": USES}, {"mod.py": BEFORE}, has_no_effect=True),
)  # fmt: skip

LOCAL = (*CODE, *NAMES, *CACHES, *FIXTURES, *DATA, *HIDDEN, *NOTHING)
ALL = (*LOCAL, *GLOBAL)
