"""A Dockerfile copies the bundle, a Procfile starts what is in it, and neither does anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildgraph import members
from buildgraph.errors import BuildError
from buildgraph.members import deployment, dockerfile
from buildgraph.members.bundled import Bundle, Deployments, bundle_of
from buildgraph.members.creating import create
from buildgraph.members.looking import python_version

PYTHON = "3.11"
LOCK = "requirements/members/camo.txt"
IMAGE = "services/camo/Dockerfile"
FIRST, *REST = dockerfile.written("camo").splitlines()
ONE_OF = "FROM, COPY, USER, EXPOSE, ENTRYPOINT"
ALONE = "The bundle holds all that is needed, and the image nothing else."
COPY = "Write: 'COPY camo.pex /camo.pex'; the folder 'bundles' is what the image is built from."
USER = "Write: 'USER 10001:10001'; who runs a cluster can tell from it that it is not root."
START = """Write: 'ENTRYPOINT ["python", "/camo.pex"]', with further words if it needs any."""
DIGEST = "Name it by tag and digest, as 'python:…@sha256:…', so that it is the same image tomorrow."


@pytest.fixture(autouse=True)
def service(tmp_path, monkeypatch, capsys) -> Bundle:
    """A service as it begins, with what its lock installs."""
    monkeypatch.chdir(tmp_path)
    create("service", "camo")
    Path(LOCK).parent.mkdir(parents=True)
    Path(LOCK).write_text("waitress==3.0.2 --hash=sha256:0\n")
    capsys.readouterr()
    found = members.find()
    return bundle_of(found, found.all[0], LOCK)


def refused(*bundles: Bundle) -> str:
    with pytest.raises(BuildError) as caught:
        deployment.check(Deployments(bundles, PYTHON))
    return str(caught.value)


def test_a_new_service_is_deployed_by_its_bundle(service, capsys):
    deployment.check(Deployments((service,), PYTHON))
    assert capsys.readouterr().out == "1 services are deployed by their bundles and nothing else\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("RUN apt-get install curl", f"'RUN' is not one of {ONE_OF}. {ALONE}"),
        ("ADD https://example.org/x /x", f"'ADD' is not one of {ONE_OF}. {ALONE}"),
        ("env TOKEN=1", f"'env' is not one of {ONE_OF}. {ALONE}"),
        ("HEALTHCHECK NONE", f"'HEALTHCHECK' is not one of {ONE_OF}. {ALONE}"),
        ("<<EOF", f"'<<EOF' is not one of {ONE_OF}. {ALONE}"),
        (f"FROM {dockerfile.BASE}", "there is a second 'FROM'. Take one of them out."),
        ("copy --from=0 /x /x", "there is a second 'COPY'. Take one of them out."),
        ("# syntax=example/x", "'# syntax=example/x' changes how the file is read. Take it out."),
        ("#escape=`", "'#escape=`' changes how the file is read. Take it out."),
    ],
)
def test_a_further_instruction_is_refused(service, line: str, message: str):
    Path(IMAGE).write_text("\n".join([FIRST, *REST, "# why", "", line, ""]))
    assert refused(service) == f"{IMAGE}, line 8: {message}"


@pytest.mark.parametrize(
    ("instead", "message"),
    [
        ("COPY . /app", f"'. /app' is not the bundle alone. {COPY}"),
        ("COPY camo.pex internal /", f"'camo.pex internal /' is not the bundle alone. {COPY}"),
        (
            "COPY --from=x camo.pex /camo.pex",
            f"'--from=x camo.pex /camo.pex' is not the bundle alone. {COPY}",
        ),
        ("COPY camo.pex \\", "it goes on in the next line. Write it in one line."),
        ("USER app", f"'app' is not the number of an ordinary user. {USER}"),
        ("USER 0", f"'0' is not the number of an ordinary user. {USER}"),
        ("EXPOSE 80 443", "'80 443' is not one port. Write: 'EXPOSE 8000'."),
        ("ENTRYPOINT python /camo.pex", f"it is in the form that starts a shell. {START}"),
        ('ENTRYPOINT ["sh", "-c", "/camo.pex"]', f"it starts something other than the bundle. {START}"),
        ('ENTRYPOINT {"python": 1}', f"it is not a list of words. {START}"),
        ("FROM python:3.11-slim", f"the image 'python:3.11-slim' has no digest. {DIGEST}"),
        ("FROM python:3.11@sha256:12", f"the image 'python:3.11@sha256:12' has no digest. {DIGEST}"),
        (
            f"FROM debian:12@sha256:{'0' * 64}",
            f"'debian:12@sha256:{'0' * 64}' is not an image of Python. "
            "Name one whose tag says the version, as 'python:3.11-slim-bookworm@sha256:…'.",
        ),
        (
            f"FROM x.org/python:3.12@sha256:{'0' * 64}",
            "the image has Python 3.12, and bundles are made for 3.11, as '.python-version' says. "
            "Name an image of Python 3.11.",
        ),
    ],
)
def test_an_instruction_that_says_more_is_refused(service, instead: str, message: str):
    name = instead.partition(" ")[0]
    lines = [instead if line.startswith(name) else line for line in (FIRST, *REST)]
    Path(IMAGE).write_text("\n".join(lines))
    assert refused(service) == f"{IMAGE}, line {lines.index(instead) + 1}: {message}"


def test_all_that_is_wrong_is_told(service, capsys):
    Path(IMAGE).write_text("COPY camo.pex /camo.pex\nRUN x\n")
    assert refused(service) == f"{IMAGE}: it has no 'ENTRYPOINT'. Write: '{REST[-1]}'."
    assert capsys.readouterr().out == (
        f"{IMAGE}, line 1: 'COPY' stands before 'FROM'. Write 'FROM' first.\n"
        f"{IMAGE}, line 2: 'RUN' is not one of {ONE_OF}. {ALONE}\n"
        f"{IMAGE}: it has no 'FROM'. Write: '{FIRST}'.\n"
        f"{IMAGE}: it has no 'USER'. Write: '{REST[1]}'.\n"
        f"{IMAGE}: it has no 'EXPOSE'. Write: '{REST[2]}'.\n"
    )


def test_files_that_are_not_there_are_told(service, capsys):
    Path(IMAGE).unlink()
    Path("services/camo/Procfile").unlink()
    assert refused(service) == (
        "there is no 'services/camo/Procfile'. Write what is started as 'web: program word …'."
    )
    assert capsys.readouterr().out == (f"there is no '{IMAGE}'. Write it: {', '.join((FIRST, *REST))}.\n")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("waitress-server x", "'waitress-server' is not in the bundle. Did you mean 'waitress-serve'?"),
        ("pytest", "'pytest' is not in the bundle. Add its package to what the service depends on."),
        ("python -m webob", "'python -m webob' is not in the bundle. Add its package to what the service depends on."),
        ("waitress-serve | tee", "'|' is for a shell. No shell starts it: write a program and its words; '$NAME' stands for a variable."),
    ],
)  # fmt: skip
def test_a_program_that_is_not_in_the_bundle_is_refused(service, command: str, message: str):
    Path("services/camo/Procfile").write_text(f"web: python -m camo\nother: {command}\n")
    assert refused(service) == f"services/camo/Procfile, line 2: {message}"


def test_scripts_of_members_and_modules_of_python_are_in_it(service):
    text = Path("services/camo/pyproject.toml").read_text()
    Path("services/camo/pyproject.toml").write_text(
        f"{text}\n[project.scripts]\ncamo-run = 'camo.app:main'\n"
    )
    Path("services/camo/Procfile").write_text(
        "web: camo-run\na: python -m http.server\nb: python -m waitress\n"
    )
    deployment.check(Deployments((service,), PYTHON))


def test_a_package_of_the_top_folder_is_deployed_from_infra(capsys):
    Path("infra/index").mkdir(parents=True)
    Path("infra/index/Dockerfile").write_text(dockerfile.written("index", words=("serve", 'a"b')))
    Path("infra/index/Procfile").write_text("web: python -m index serve\n")
    deployment.check(Deployments((Bundle("index", (LOCK,), module="index"),), PYTHON))
    assert (
        'ENTRYPOINT ["python", "/index.pex", "serve", "a\\"b"]\n'
        in Path("infra/index/Dockerfile").read_text()
    )


def test_another_service_begins_with_the_image_of_the_first():
    base = f"FROM mirror.example.org/python:3.12-slim@sha256:{'1' * 64}\n"
    Path(IMAGE).write_text(base)
    create("service", "other")
    assert Path("services/other/Dockerfile").read_text().startswith(base)


@pytest.mark.parametrize(("text", "python"), [("3.12.4\n", "3.12"), ("3.13", "3.13"), ("\n", ""), (None, "")])
def test_the_python_of_a_checkout_is_what_it_names(text: str | None, python: str):
    if text is not None:
        Path(".python-version").write_text(text)
    assert python_version() == python
    (task,) = members.deployments(members.find(), "python", [], str, [])
    assert f'"python":"{python}"' in task["actions"][0].words[4]
