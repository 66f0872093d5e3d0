"""What nodeenv finds on platforms that the tests do not run on."""

import zipfile

from buildgraph.rooms.node import mirror, platforms

from . import release


def test_windows_gets_a_zip_with_node_and_npm_where_nodejs_org_has_them(tmp_path):
    node, npm = tmp_path / "node.tgz", tmp_path / "npm.tgz"
    node.write_bytes(release.tarball({"package/bin/node.exe": "MZ", "package/package.json": "{}"}))
    npm.write_bytes(release.npm_package())

    mirror.write("npm", [node, npm], "24.0.0", "win-x64", tmp_path / "mirror")

    top = "node-v24.0.0-win-x64"
    with zipfile.ZipFile(tmp_path / f"mirror/v24.0.0/{top}.zip") as archive:
        assert sorted(archive.namelist()) == [
            f"{top}/node.exe",
            f"{top}/node_modules/npm/bin/npm-cli.js",
            f"{top}/node_modules/npm/package.json",
        ]


def test_the_c_library_is_part_of_the_platform_s_name(monkeypatch):
    monkeypatch.setattr(platforms.sys, "platform", "linux")
    monkeypatch.setattr(platforms.platform, "machine", lambda: "x86_64")

    def no_such_name(_: str) -> str:
        raise ValueError

    monkeypatch.setattr(platforms.os, "confstr", no_such_name)
    assert platforms.here().name == "linux-x64-musl"
    monkeypatch.setattr(platforms.os, "confstr", lambda _: "glibc 2.36")
    assert platforms.here().name == "linux-x64"
