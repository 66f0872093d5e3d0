"""The README's command, typed by an ordinary user."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from .checkout import Checkout, copy_files, owners

SYSTEM_PYTHON = "/usr/bin/python3"
OTHER_USER = "nobody"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user"
)
@pytest.mark.skipif(
    subprocess.run(
        [SYSTEM_PYTHON, "-c", "import ensurepip, venv, sys; assert sys.version_info >= (3, 11)"]
    ).returncode
    != 0,
    reason=f"another user needs a Python outside root's home, and {SYSTEM_PYTHON} lacks venv or is too old",
)
def test_an_ordinary_user_serves_and_owns_every_file(tmp_path_factory: pytest.TempPathFactory):
    user = pwd.getpwnam(OTHER_USER)
    home = Path("/var/tmp") / f"buildgraph-{os.getpid()}"
    checkout = Checkout(home / "checkout", SYSTEM_PYTHON, {"HOME": str(home), "TMPDIR": str(home)})
    try:
        copy_files(checkout.folder)
        for path in (home, *home.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
        words = checkout.arguments
        checkout.arguments = lambda command: [
            "/usr/bin/setpriv",
            f"--reuid={user.pw_uid}",
            f"--regid={user.pw_gid}",
            "--clear-groups",
            *words(command),
        ]

        with checkout.serving() as served:
            assert served.status("/simple/") == 200
            assert "postgres" in " ".join(checkout.processes())

        assert owners(home) == {user.pw_uid}
        assert checkout.processes() == []
    finally:
        shutil.rmtree(home, ignore_errors=True)
