"""The user's npm configuration, read before there is an npm."""

from pathlib import Path

import pytest

from buildgraph.rooms.node import npmrc
from buildgraph.rooms.node.download import download, without_login

from .server import redirect


def test_environment_project_and_user_win_in_this_order(project, quiet):
    assert npmrc.registry({}).url == "https://registry.npmjs.org/"
    (Path.home() / ".npmrc").write_text("registry = https://user.example/npm\n")
    assert npmrc.registry({}).url == "https://user.example/npm/"
    Path(".npmrc").write_text("# registry=https://no.example/\nregistry=https://project.example/\n")
    assert npmrc.registry({}).url == "https://project.example/"
    assert (
        npmrc.registry({"npm_config_registry": "https://variable.example"}).url == "https://variable.example/"
    )


@pytest.mark.parametrize(("key", "scheme"), [("_authToken", "Bearer"), ("_auth", "Basic")])
def test_a_login_is_that_of_the_registry(project, quiet, key, scheme):
    Path(".npmrc").write_text(
        f"registry=https://a.example/npm/\n//a.example/npm/:{key}=${{TOKEN}}\n//b.example/:{key}=other\ncafile=ca.pem\n"
    )

    found = npmrc.registry({"TOKEN": "secret"})

    assert found.headers == {"Authorization": f"{scheme} secret"} and found.cafile == "ca.pem"


def test_a_login_does_not_follow_a_redirect(server, tmp_path):
    server.answers |= {"/a": redirect(f"{server.url}/b"), "/b": b"content"}

    download(f"{server.url}/a", tmp_path / "file", {"Authorization": "Bearer secret"})

    assert (tmp_path / "file").read_bytes() == b"content"
    assert server.logins == ["Bearer secret", None]


def test_the_mirror_is_npm_s_own_setting_of_that_name(project, quiet):
    assert npmrc.mirror({}) == ""
    assert (
        npmrc.mirror({"NPM_CONFIG_NODEJS_ORG_MIRROR": "https://m.example/dist/"}) == "https://m.example/dist"
    )


def test_a_login_is_not_shown():
    assert without_login("https://me:secret@m.example:1/dist") == "https://m.example:1/dist"


SHAPING = (
    "omit=dev",
    "os=darwin",
    "cpu=arm64",
    "legacy-peer-deps=true",
    "install-strategy=linked",
    "save-exact=true",
)
REACHING = (
    "registry=https://r.example/",
    "@mine:registry=https://s.example/",
    "//r.example/:_authToken=${TOKEN}",
    "ca[]=one",
    "https-proxy=http://p.example",
)


def test_only_how_a_registry_is_reached_is_left_of_a_person_s_own_file(project, quiet):
    (Path.home() / ".npmrc").write_text("\n".join((*SHAPING, *REACHING)))

    assert npmrc.personal_file({}).splitlines() == list(REACHING)


def test_a_file_named_by_a_variable_is_read_in_place_of_the_home_s(project, quiet):
    Path("mine").write_text("registry=https://mine.example/\nos=darwin\n")
    Path("system").write_text("proxy=http://p.example\nomit=dev\n")
    environ = {"NPM_CONFIG_USERCONFIG": "mine", "npm_config_globalconfig": "system"}

    assert npmrc.personal_file(environ) == "proxy=http://p.example\nregistry=https://mine.example/\n"


def test_only_how_a_registry_is_reached_is_left_of_a_person_s_variables():
    environ = {
        "NPM_CONFIG_OMIT": "dev",
        "npm_config_legacy_peer_deps": "true",
        "NPM_CONFIG_REGISTRY": "https://r.example",
        "npm_config_fetch_retries": "0",
        "PATH": "/bin",
    }

    assert npmrc.personal_variables(environ).keys() == {
        "NPM_CONFIG_REGISTRY",
        "npm_config_fetch_retries",
        "PATH",
    }


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfregistry=https://a.example/\n", b"# f\xfcr uns\nregistry=https://a.example/\n"]
)
def test_a_mark_or_a_comment_of_another_encoding_hides_no_setting(project, quiet, content):
    (Path.home() / ".npmrc").write_bytes(content)

    assert npmrc.registry({}).url == "https://a.example/"
    assert "registry=https://a.example/" in npmrc.personal_file({}).splitlines()
