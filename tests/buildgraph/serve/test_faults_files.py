"""Files that change in any way: what changes the application is served, and nothing else starts it again."""

from __future__ import annotations

import os
import time

from .harness import copied, removed, wait_until


def quiet(served, boots):
    """Check that a save which means nothing has started nothing: one that means something is answered, and is the only one."""
    served.write("app/words.py", "WORD = 'marker'\n")
    served.wait_for("marker!")
    served.wait_for_line("answers after", 0)
    wait_until(lambda: served.boots >= boots + 1, "the line")
    assert served.boots == boots + 1, served.output


def test_a_saved_module_is_served(serve):
    served = serve()
    for word in ("two", "three", "four"):
        served.write("app/words.py", f"WORD = '{word}'\n")
        served.wait_for(f"{word}!")


def test_edits_of_equal_size_in_one_second_are_served(serve):
    served = serve()
    for word in ("aaa", "bbb", "ccc", "ddd", "eee"):
        served.write("app/words.py", f"WORD = '{word}'\n")
        served.wait_for(f"{word}!")


def test_an_edit_with_an_older_time_is_served(serve):
    served = serve()
    path = served.write("app/words.py", "WORD = 'old'\n")
    os.utime(path, (1, 1))

    served.wait_for("old!")


def test_an_edit_of_equal_size_and_time_is_served(serve):
    served = serve()
    before = os.stat(served.folder / "app/words.py")
    path = served.write("app/words.py", "WORD = 'two'\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    served.wait_for("two!")


def test_a_touch_and_noise_start_nothing(serve):
    served = serve()
    boots = served.boots
    for name in ("words.py", "views.py", "main.py"):
        os.utime(served.folder / "app" / name)
    served.write("app/views.py", "SUFFIX = '!'\n")
    for name in ("README.md", "app/.words.py.swp", "app/words.py~", "app/4913", "app/#words.py#", "data.bin", "log/app.log", "app/__pycache__/x.pyc", ".git/index", "node_modules/a/b.py"):  # fmt: skip
        served.write(name, os.urandom(20))

    quiet(served, boots)


def test_a_module_that_was_not_read_starts_nothing_when_it_is_edited(serve):
    served = serve(prepare=lambda folder: (folder / "app/unused.py").write_text("A = 1\n"))
    boots = served.boots
    served.write("app/unused.py", "A = 2\n")

    quiet(served, boots)


def test_new_deleted_and_renamed_modules_are_followed(serve):
    served = serve()
    served.write(
        "app/views.py", "try:\n    from app.extra import SUFFIX\nexcept ImportError:\n    SUFFIX = '-'\n"
    )
    served.wait_for("one-")
    served.write("app/extra.py", "SUFFIX = '+'\n")
    served.wait_for("one+")
    os.rename(served.folder / "app/extra.py", served.folder / "app/other.py")
    served.wait_for("one-")
    os.rename(served.folder / "app/other.py", served.folder / "app/extra.py")
    served.wait_for("one+")
    os.unlink(served.folder / "app/extra.py")
    served.wait_for("one-")


def test_a_new_folder_with_a_module_is_followed(serve):
    served = serve()
    served.write("app/views.py", "try:\n    from app.deep.inner.extra import SUFFIX\nexcept ImportError:\n    SUFFIX = '-'\n")  # fmt: skip
    served.wait_for("one-")
    served.write("app/deep/inner/extra.py", "SUFFIX = '1'\n")
    served.wait_for("one1")
    served.write("app/deep/inner/extra.py", "SUFFIX = '2'\n")
    served.wait_for("one2")


def test_a_folder_that_is_renamed_and_replaced_is_followed(serve):
    served = serve()
    os.rename(served.folder / "app", served.folder / "away")
    served.wait_for("", status=500)
    os.rename(served.folder / "away", served.folder / "app")
    served.wait_for("one!")
    copied(served.folder / "app", served.folder / "copy")
    removed(served.folder / "app")
    os.rename(served.folder / "copy", served.folder / "app")
    served.write("app/words.py", "WORD = 'copy'\n")

    served.wait_for("copy!")


def test_a_storm_of_200_saves_is_few_starts(serve):
    served = serve()
    boots = served.boots
    began = time.monotonic()
    for number in range(200):
        served.write("app/words.py", f"WORD = 'storm {number}'\n")
        until = began + (number + 1) * 0.01
        while time.monotonic() < until:
            time.sleep(0.002)

    served.wait_for("storm 199!")
    assert served.boots - boots <= 6, served.output


def test_a_checkout_of_500_files_is_few_starts(serve):
    def prepare(folder):
        for number in range(500):
            path = folder / f"app/many/p{number % 20}/m{number}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"A = {number}\n")

    served = serve(prepare=prepare)
    boots = served.boots
    for number in range(500):
        served.write(f"app/many/p{number % 20}/m{number}.py", f"B = {number}\n")
    for number in range(0, 500, 5):
        os.unlink(served.folder / f"app/many/p{number % 20}/m{number}.py")
    served.write("app/words.py", "WORD = 'branch'\n")

    served.wait_for("branch!")
    assert served.boots - boots <= 6, served.output


READER = """
import os, pathlib
HERE = pathlib.Path(__file__).parent
SUFFIX = ''.join((HERE / name).read_text().strip() for name in ('page.jinja2', 'conf.yaml', '../.env') if (HERE / name).exists())
try:
    SUFFIX += (HERE / 'optional.ini').read_text().strip()
except OSError:
    pass
"""


def test_files_that_were_opened_at_the_start_are_followed(serve):
    def prepare(folder):
        for name in ("app/page.jinja2", "app/conf.yaml", ".env"):
            (folder / name).write_text("1\n")
        (folder / "app/views.py").write_text(READER)

    served = serve(prepare=prepare, wait="one111")
    served.write("app/page.jinja2", "2\n")
    served.wait_for("one211")
    served.write("app/conf.yaml", "3\n")
    served.wait_for("one231")
    served.write(".env", "4\n")
    served.wait_for("one234")
    served.write("app/optional.ini", "5\n")
    served.wait_for("one2345")


def test_a_folder_that_was_listed_is_followed(serve):
    def prepare(folder):
        (folder / "data").mkdir()
        (folder / "app/views.py").write_text("import os\nSUFFIX = ','.join(sorted(os.listdir('data')))\n")

    served = serve(prepare=prepare, wait="one")
    served.write("data/a.csv", "x")
    served.wait_for("onea.csv")
    os.unlink(served.folder / "data/a.csv")
    wait_until(lambda: served.get().text == "one", "the answer without it")


def test_what_the_application_writes_when_it_starts_does_not_start_it_again(serve):
    text = "import time\ntry:\n    open('cache.txt').read()\nexcept OSError:\n    pass\nopen('cache.txt', 'w').write(str(time.time()))\nSUFFIX = '!'\n"
    served = serve(prepare=lambda folder: (folder / "app/views.py").write_text(text))

    quiet(served, served.boots)


def test_what_a_process_of_the_application_writes_with_each_start_is_given_up(serve):
    text = "import subprocess, sys, time\nopen('made.txt').read()\nsubprocess.run([sys.executable, '-c', 'import time; open(\"made.txt\", \"w\").write(str(time.time()))'])\nSUFFIX = '!'\n"

    def prepare(folder):
        (folder / "made.txt").write_text("")
        (folder / "app/views.py").write_text(text)

    served = serve(prepare=prepare)

    served.wait_for_line("'made.txt' changes whenever the application starts and is not followed any more")
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!")


def test_files_with_odd_names_and_kinds_end_nothing(serve):
    def prepare(folder):
        os.mkfifo(folder / "app/pipe.py")
        os.symlink("nowhere", folder / "app/broken.py")
        os.symlink(".", folder / "app/loop")
        (folder / "app/secret.py").write_text("x = 1\n")
        os.chmod(folder / "app/secret.py", 0)
        with open(os.fsencode(folder / "app") + b"/odd\xff.py", "wb"):
            pass

    served = serve(prepare=prepare)
    app = os.fsencode(served.folder / "app")
    for number in range(3):
        with open(app + b"/odd\xff.py", "wb") as file:
            file.write(b"x = %d\n" % number)
        os.makedirs(app + b"/folder\xfe%d" % number)
        with open(app + b"/folder\xfe%d/new\nline.py" % number, "wb") as file:
            file.write(b"x = 1\n")
        served.write("app/words.py", f"WORD = 'odd {number}'\n")
        served.wait_for(f"odd {number}!")
    served.write("app/with space $(x) 'q'.py", "x = 1\n")
    served.write("app/words.py", "WORD = 'end'\n")

    served.wait_for("end!")


def test_linked_packages_and_files_are_followed_where_they_are(serve, tmp_path):
    def prepare(folder):
        other = tmp_path / "other/lib"
        other.mkdir(parents=True)
        (other / "__init__.py").write_text("SUFFIX = '1'\n")
        os.symlink(other, folder / "lib")
        (tmp_path / "other/words.py").write_text("WORD = 'linked'\n")
        os.unlink(folder / "app/words.py")
        os.symlink(tmp_path / "other/words.py", folder / "app/words.py")
        (folder / "app/views.py").write_text("from lib import SUFFIX\n")

    served = serve(prepare=prepare, wait="linked1")
    (tmp_path / "other/lib/__init__.py").write_text("SUFFIX = '2'\n")
    served.wait_for("linked2")
    (tmp_path / "other/words.py").write_text("WORD = 'edited'\n")
    served.wait_for("edited2")
    (tmp_path / "other/third.py").write_text("WORD = 'third'\n")
    os.symlink(tmp_path / "other/third.py", served.folder / "app/words.new")
    os.replace(served.folder / "app/words.new", served.folder / "app/words.py")
    served.wait_for("third2")


SLOW = "import time\ntime.sleep(0.4)\nSUFFIX = '!'\n"


def test_edits_while_a_worker_starts_are_not_lost(serve):
    served = serve(prepare=lambda folder: (folder / "app/views.py").write_text(SLOW))
    for number, seconds in enumerate((0.0, 0.1, 0.3, 0.45, 0.6)):
        served.write("app/words.py", f"WORD = 'first {number}'\n")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.005)
        served.write("app/words.py", f"WORD = 'again {number}'\n")
        served.wait_for(f"again {number}!")


def test_edits_while_the_first_worker_starts_are_not_lost(serve):
    served = serve(wait="", prepare=lambda folder: (folder / "app/views.py").write_text(SLOW))
    began = time.monotonic()
    number = 0
    while time.monotonic() - began < 1.5:
        number += 1
        served.write("app/words.py", f"WORD = 'early {number}'\n")
        time.sleep(0.13)

    served.wait_for(f"early {number}!")


def test_an_edit_that_is_taken_back_at_once_is_served_as_it_is(serve):
    served = serve(prepare=lambda folder: (folder / "app/views.py").write_text(SLOW))
    for _ in range(3):
        served.write("app/words.py", "WORD = 'two'\n")
        served.write("app/main.py", (served.folder / "app/main.py").read_text() + "\n")
        time.sleep(0.15)
        served.write("app/words.py", "WORD = 'one'\n")
        served.wait_for("one!")
    wait_until(lambda: served.status()["state"] == "serving", "serving")
    assert served.get().text == "one!"


def test_a_module_that_is_imported_by_a_request_is_followed(serve):
    text = "class Late:\n    def __radd__(self, other):\n        from app import lazy\n        return other + lazy.SUFFIX\nSUFFIX = Late()\n"

    def prepare(folder):
        (folder / "app/views.py").write_text(text)
        (folder / "app/lazy.py").write_text("SUFFIX = '1'\n")

    served = serve(prepare=prepare, wait="one1")
    served.write("app/lazy.py", "SUFFIX = '2'\n")
    served.wait_for("one2")


def test_what_is_watched_beside_the_root_is_followed(serve, tmp_path):
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside/helper.py").write_text("SUFFIX = '1'\n")

    def prepare(folder):
        (folder / "app/views.py").write_text(f"import sys\nsys.path.append({str(tmp_path / 'beside')!r})\ntry:\n    from helper2 import SUFFIX\nexcept ImportError:\n    from helper import SUFFIX\n")  # fmt: skip

    served = serve(f"--watch={tmp_path / 'beside'}", prepare=prepare, wait="one1")
    (tmp_path / "beside/helper2.py").write_text("SUFFIX = '2'\n")

    served.wait_for("one2")
