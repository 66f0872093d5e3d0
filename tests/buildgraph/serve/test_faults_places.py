"""Files that lie or move where one does not expect it: behind links, in folders that are replaced, in another working folder, in a root that is odd."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import pytest

from .harness import ROOT, copied, removed, wait_until
from .test_soundness import HEAVY, edit_the_last, layered, sources, wait_until_warm

QUIET_SECONDS = 0.6  # long enough for a start that nobody wants
READING = "VALUE = open({!r}).read()\nSUFFIX = VALUE\n"


def views(text):
    """Return how to prepare a project whose answers end with what is read."""
    return lambda folder: (folder / "app/views.py").write_text(text)


def files(texts):
    """Return how to prepare a project with these files."""

    def prepare(folder):
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)

    return prepare


def swap_link(link, target):
    """Let a link lead elsewhere at once."""
    os.symlink(target, f"{link}.new")
    os.replace(f"{link}.new", link)


def swap_folder(folder, tmp_path):
    """Put an equal folder in the place of a folder."""
    copied(folder, tmp_path / "equal")
    shutil.move(folder, tmp_path / "former")
    shutil.move(tmp_path / "equal", folder)
    removed(tmp_path / "former")


@pytest.mark.parametrize("name", ["app", "."])
def test_a_folder_in_the_place_of_an_equal_one_is_followed(serve, tmp_path, name):
    served = serve()
    for word in ("two", "three"):
        swap_folder(served.folder / name, tmp_path)
        served.write("app/words.py", f"WORD = '{word}'\n")
        served.wait_for(f"{word}!")
        served.write("app/words.py", f"WORD = '{word}2'\n")
        served.wait_for(f"{word}2!")


def test_a_folder_that_a_checkout_deletes_and_makes_again_is_followed(serve):
    def git(*words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=served.folder, check=True, capture_output=True)  # fmt: skip

    served = serve(
        prepare=views("try:\n    from app.extra.part import SUFFIX\nexcept ImportError:\n    SUFFIX = '!'\n")
    )
    git("init", "--quiet", "-b", "one")
    git("add", ".")
    git("commit", "--quiet", "-m", "one")
    git("checkout", "--quiet", "-b", "two")
    served.write("app/extra/part.py", "SUFFIX = '0'\n")
    git("add", ".")
    git("commit", "--quiet", "-m", "two")
    served.wait_for("one0")
    for number in range(1, 4):
        git("checkout", "--quiet", "one")
        git("checkout", "--quiet", "two")
        for suffix in (f"{number}a", f"{number}b"):
            served.write("app/extra/part.py", f"SUFFIX = '{suffix}'\n")
            served.wait_for(f"one{suffix}")
        git("commit", "--quiet", "-a", "-m", "more")


def test_a_root_that_is_made_again_is_where_the_application_runs(serve):
    served = serve(
        prepare=files({"app/views.py": "SUFFIX = '!' + open('text.yaml').read()\n", "text.yaml": "1"}),
        wait="one!1",
    )
    wait_until_warm(served)
    kept = copied(served.folder, served.folder.with_name("kept"))
    removed(served.folder)
    served.wait_for("", status=500)
    (kept / "text.yaml").write_text("2")
    copied(kept, served.folder)

    served.wait_for("one!2")


def test_a_linked_package_that_leads_elsewhere_and_back_is_served(serve, tmp_path):
    files({"a/part.py": "SUFFIX = 'a'\n", "b/part.py": "SUFFIX = 'b'\n"})(tmp_path)

    def prepare(folder):
        (folder / "app/linked").symlink_to(tmp_path / "a")
        views("from app.linked.part import SUFFIX\n")(folder)

    served = serve(prepare=prepare, wait="onea")
    for name in ("b", "a", "b"):
        swap_link(served.folder / "app/linked", tmp_path / name)
        served.wait_for(f"one{name}")


def test_a_configuration_behind_links_that_lead_elsewhere_is_served(serve, tmp_path):
    """As Kubernetes mounts it: a file is a link through a folder that is a link."""
    files({"..1/c.yaml": "1", "..2/c.yaml": "2"})(tmp_path)
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "c.yaml").symlink_to("..data/c.yaml")
    served = serve(prepare=views(READING.format(str(tmp_path / "c.yaml"))), wait="one1")
    (tmp_path / "..1/c.yaml").write_text("0")
    served.wait_for("one0")
    for name in ("2", "1"):
        swap_link(tmp_path / "..data", f"..{name}")
        served.wait_for(f"one{'0' if name == '1' else name}")


def test_a_relative_name_is_another_file_in_another_folder(serve):
    text = "import os\nopen('c.yaml').read()\nos.chdir('inner')\nSUFFIX = open('c.yaml').read()\n"
    served = serve(
        prepare=files({"app/views.py": text, "c.yaml": "0", "inner/c.yaml": "1"}),
        wait="one1",
    )
    served.write("inner/c.yaml", "2")

    served.wait_for("one2")


def test_what_threads_read_at_the_same_time_is_followed(serve):
    names = [f"data/{number}.yaml" for number in range(200)]
    text = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        f"with ThreadPoolExecutor(16) as pool:\n    found = list(pool.map(lambda name: open(name).read(), {names!r}))\n"
        "SUFFIX = '!'\n"
    )
    served = serve(prepare=files({"app/views.py": text} | dict.fromkeys(names, "1")))

    assert served.status()["followed_files"] >= len(names) + 4


@pytest.mark.parametrize("name", ["settings.orig", "#settings", "settings~"])
def test_a_file_that_was_read_is_followed_whatever_its_name(serve, name):
    served = serve(prepare=files({"app/views.py": READING.format(name), name: "1"}), wait="one1")
    served.write(name, "2")

    served.wait_for("one2")


def test_a_module_without_a_source_is_followed(serve, tmp_path):
    import py_compile

    def compiled(folder, value):
        source = tmp_path / "part.py"
        source.write_text(f"SUFFIX = '{value}'\n")
        py_compile.compile(str(source), str(folder / "app/part.pyc"))

    def prepare(folder):
        compiled(folder, "1")
        views("from app.part import SUFFIX\n")(folder)

    served = serve(prepare=prepare, wait="one1")
    compiled(served.folder, "2")
    served.wait_for("one2")


def test_a_new_folder_in_one_that_was_listed_is_seen(serve):
    text = "import pathlib\nSUFFIX = str(len([each for each in pathlib.Path('plugins').rglob('*')]))\n"
    served = serve(prepare=files({"app/views.py": text, "plugins/a/x.txt": ""}), wait="one2")
    (served.folder / "plugins/b").mkdir()
    served.wait_for("one3")
    (served.folder / "plugins/b").rmdir()
    served.wait_for("one2")


def test_a_folder_that_was_listed_by_a_name_of_bytes_is_followed(serve):
    text = "import os\nSUFFIX = str(len(os.listdir(b'plugins')))\n"
    served = serve(prepare=files({"app/views.py": text, "plugins/x.txt": ""}), wait="one1")
    served.write("plugins/y.txt", "")

    served.wait_for("one2")


WRITING = """
import os
SUFFIX = str(len(os.listdir("uploads")))

def application(environ, start_response):
    if environ["PATH_INFO"] == "/write":
        os.mkdir("uploads/inner")
        with open("uploads/new.png", "w") as file:
            file.write("x")
        with open("uploads/module.tmp", "w") as file:
            file.write("x")
        os.rename("uploads/module.tmp", "uploads/page.html.py")
    from app import words
    start_response("200 OK", [])
    return [words.WORD.encode() + b"!" + SUFFIX.encode()]
"""


def test_what_a_request_writes_starts_nothing(serve):
    served = serve(prepare=files({"app/main.py": WRITING, "uploads/x.png": ""}), wait="one!1")
    wait_until(lambda: served.boots == 1, "the line")
    served.get("/write")
    time.sleep(QUIET_SECONDS)
    assert served.boots == 1, served.output
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!4")

    wait_until(lambda: served.boots == 2, "the line")
    assert served.output.count("changed") == 1, served.output


def test_a_root_that_is_an_environment_is_followed(serve):
    text = "try:\n    from app.extra import SUFFIX\nexcept ImportError:\n    SUFFIX = '!'\n"
    served = serve(prepare=files({"app/views.py": text, "pyvenv.cfg": "home = /usr\n"}))
    served.write("app/extra.py", "SUFFIX = '2'\n")

    served.wait_for("one2")


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are UTF-8 there")
def test_a_root_whose_name_is_not_utf8_shows_and_serves(tmp_path):
    from .harness import Served, project

    served = Served(project(tmp_path / "caf\udce9"))
    try:
        served.wait_for("one!")
        served.write("app/words.py", "WORD = (\n")
        wait_until(
            lambda: "vscode://file/" in served.get(Accept="text/html").text and "caf%E9" in served.get(Accept="text/html").text,
            "the page",
        )  # fmt: skip
        served.write("app/words.py", "WORD = 'two'\n")
        served.wait_for("two!")
    finally:
        served.close()


@pytest.mark.parametrize("name", ["inner", "late"])
def test_a_fork_finds_what_was_not_there_when_its_zygote_looked(serve, tmp_path, name):
    """A folder of the path is new, or has a new module and the time that it had before."""
    folder = tmp_path / name
    if name == "inner":
        folder.mkdir()
    text = "try:\n    from late_part import SUFFIX\nexcept ImportError:\n    SUFFIX = '!'\n"
    served = serve(prepare=views(text), environ={"PYTHONPATH": f"{ROOT}:{folder}"})
    wait_until_warm(served)
    folder.mkdir(exist_ok=True)
    before = folder.stat()
    (folder / "late_part.py").write_text("SUFFIX = '2'\n")
    os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))
    served.write("app/views.py", text + "#\n")

    served.wait_for("one2")


def test_a_module_that_shadows_an_installed_one_from_a_folder_of_the_path_is_taken(serve, tmp_path):
    site = tmp_path / "lib/site-packages"
    files({"installed.py": "SUFFIX = '1'\n"})(site)
    text = "import sys\nsys.path.insert(0, 'src')\nfrom installed import SUFFIX\n"
    served = serve(
        prepare=files({"app/views.py": text, "src/other.py": ""}),
        environ={"PYTHONPATH": f"{ROOT}:{site}"},
        wait="one1",
    )
    wait_until_warm(served)
    served.write("src/installed.py", "SUFFIX = '2'\n")

    served.wait_for("one2")


def test_an_installed_module_that_reads_a_file_of_the_application_is_imported_by_each_start(serve, tmp_path):
    site = tmp_path / "lib/site-packages"
    files({"installed.py": "with open('settings.ini') as file:\n    SUFFIX = file.read()\n"})(site)
    served = serve(
        prepare=files({"app/views.py": "from installed import SUFFIX\n", "settings.ini": "1"}),
        environ={"PYTHONPATH": f"{ROOT}:{site}"},
        wait="one1",
    )
    wait_until(lambda: "installed" in served.status()["left_out"], "that it is left out")
    served.write("settings.ini", "2")

    served.wait_for("one2")


def test_a_folder_that_lies_elsewhere_and_was_listed_is_listed_by_each_start(serve, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    def prepare(project):
        layered(project)
        (project / "app/part0.py").write_text(f"import os\nVALUE = str(len(os.listdir({str(folder)!r})))\n")

    served = serve(prepare=prepare, wait="one01111111")
    wait_until_warm(served)
    for value in "23":
        served.wait_until_parked()
        (folder / value).write_text("")
        served.write("app/part7.py", HEAVY + f"VALUE = '{value}'\n")
        served.wait_for(f"one{int(value) - 1}111111{value}")


def test_copies_are_parked_where_bytecode_has_a_place_of_its_own(serve, tmp_path):
    served = serve(
        prepare=layered, wait="one11111111", environ={"PYTHONPYCACHEPREFIX": str(tmp_path / "cache")}
    )
    wait_until_warm(served)
    edit_the_last(served, "234")

    assert "copy" in sources(served)[-1], served.status()["ladder"]
    assert served.status()["followed_files"] == 12


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of Linux")
def test_where_the_system_has_no_watch_left_files_are_looked_at(tmp_path):
    from .harness import Served, project

    folder = project(tmp_path / "project")
    for number in range(30):
        (folder / f"folder{number}").mkdir()
    limited = tmp_path / "limited"
    limited.write_text(f'#!/bin/sh\necho 10 > /proc/sys/user/max_inotify_watches || exit 1\nexec {sys.executable} "$@"\n')  # fmt: skip
    limited.chmod(0o755)
    allowed = subprocess.run(["unshare", "-Ur", str(limited), "-c", ""], capture_output=True, check=False)
    if allowed.returncode:
        pytest.skip("needs a namespace of users")
    outer = tmp_path / "python"
    outer.write_text(f'#!/bin/sh\nexec unshare -Ur {limited} "$@"\n')
    outer.chmod(0o755)
    served = Served(folder, python=str(outer))
    try:
        served.wait_for("one!")
        served.wait_for_line("the system's limit of watched files is reached")
        served.write("app/words.py", "WORD = 'two'\n")
        served.wait_for("two!")
    finally:
        served.close()
