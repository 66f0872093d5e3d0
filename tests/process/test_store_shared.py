"""One store under runs of several checkouts at once, under kill -9, and under commands that discover what they read."""

from __future__ import annotations

import os
import pathlib
import random
import threading
import time
from hashlib import sha256

import pytest
from engine_checkouts import Checkout

from buildgraph.store import blobs, eviction
from buildgraph.store.place import Place

KILLS = int(os.environ.get("BUILDGRAPH_KILLS", "12"))
EDITS = int(os.environ.get("BUILDGRAPH_STORE_EDITS", "60"))
SEED = int(os.environ.get("BUILDGRAPH_SEED", "1"))
TASKS = 12
DODO = """
def task_t():
    for name in range(12):
        yield rule(name=str(name), inputs=["a"], outputs=[f"out/{name}", f"tree/{name}/"], cached=True, command=["bin/make", "a", f"out/{name}", f"tree/{name}/"])
"""
MAKE = """#!/bin/sh
cat "$1" "$1" > "$2"
for part in 1 2 3 4; do echo "$part" | cat - "$1" > "$3/$part"; done
"""


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def prepared(checkout: Checkout, cache: pathlib.Path) -> Checkout:
    checkout.environ["XDG_CACHE_HOME"] = str(cache)
    checkout.dodo(DODO)
    checkout.write("bin/make", MAKE).chmod(0o755)
    return checkout


def check_made(checkout: Checkout, text: str) -> None:
    for name in range(TASKS):
        assert checkout.read(f"out/{name}") == text * 2
        assert [checkout.read(f"tree/{name}/{part}") for part in "1234"] == [
            f"{part}\n{text}" for part in "1234"
        ]


def check_whole(cache: pathlib.Path) -> int:
    """Check that every blob is what its name says, and return how many there are."""
    kept = [path for path in cache.glob("buildgraph/store/1/blobs/*/*") if path.is_file()]
    assert all(sha256(path.read_bytes()).hexdigest() == path.name for path in kept)
    return len(kept)


def taken(run) -> int:
    assert run.code == 0, run
    assert "note:" not in run.text
    return sum(event["event"] == "succeeded" and event["is_cached"] for event in run.events)


def test_runs_of_several_checkouts_at_once_share_one_store(engine, tmp_path, cache):
    checkouts = [prepared(Checkout(engine, tmp_path / f"{number}/x"), cache) for number in range(4)]
    for round_ in range(6):
        for checkout in checkouts:
            checkout.write("a", f"{round_ % 4}\n")
            checkout.start("-r", "json", "-n2")
        found = [taken(checkout.wait()) for checkout in checkouts]
        for checkout in checkouts:
            check_made(checkout, f"{round_ % 4}\n")
            assert checkout.build() == []
        if round_ >= 4:
            assert found == [TASKS] * 4, "these have been made before"
    made = {f"{first}\n{text}\n" for text in range(4) for first in (text, 1, 2, 3, 4)}
    assert check_whole(cache) == len(made), "equal contents are kept once"


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("number", range(KILLS))
def test_a_run_that_is_killed_leaves_no_half_result(engine, tmp_path, cache, number):
    first, second = (prepared(Checkout(engine, tmp_path / place), cache) for place in ("one", "x/y/two"))
    chance = random.Random(SEED + number)
    for text in ("1\n", "2\n", "1\n"):
        first.write("a", text)
        first.start("-n3")
        time.sleep(chance.uniform(0.02, 0.25))
        first.kill()
        check_whole(cache)
        second.write("a", text)
        taken(second.run("-r", "json"))
        check_made(second, text)
    taken(first.run("-r", "json"))
    check_made(first, "1\n")
    assert first.build() == []


def test_what_is_taken_while_room_is_made_is_whole_or_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(eviction, "LIMIT_BYTES", 40_000)
    place = Place.open(str(tmp_path))
    contents = {sha256(bytes([number]) * 9000).hexdigest(): bytes([number]) * 9000 for number in range(20)}
    for digest, content in contents.items():
        (tmp_path / digest).write_bytes(content)
    until, wrong, counts = time.monotonic() + 1.5, [], {"taken": 0, "gone": 0}

    def work(number: int) -> None:
        chance, turn = random.Random(number), 0
        while time.monotonic() < until:
            turn += 1
            digest, copy = chance.choice(list(contents)), tmp_path / f"copy-{number}-{turn}"
            try:
                if chance.random() < 0.4:
                    blobs.keep(place, str(tmp_path / digest), digest)
                elif chance.random() < 0.3:
                    eviction.make_room(place)
                else:
                    blobs.take(place, digest, 9000, str(copy), 0o644)
                    counts["taken"] += 1
                    if copy.read_bytes() != contents[digest]:
                        wrong.append(digest)
            except FileNotFoundError:
                counts["gone"] += 1
            except BaseException as error:
                wrong.append(error)
                raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert counts["taken"] > 20
    assert counts["gone"] > 20


# Discovered inputs

PARTS = ("a", "b", "c")
DISCOVERING = """
def task_gen(): return rule(inputs=["seed"], outputs=["gen/g"], cached=True, command=["bin/copy", "seed", "gen/g"])
def task_t():
    for name in ("1", "2", "3"):
        yield rule(name=name, inputs=[f"main{name}", "gen/g"], outputs=[f"out/{name}"], discovers=f"found/{name}", cached=True, command=["bin/join", f"main{name}", f"out/{name}", f"found/{name}"])
"""
JOIN = """#!/bin/sh
read=; text=
for part in $(cat "$1"); do
  for candidate in "lib/_$part" "lib/$part"; do
    read="$read\\"$candidate\\", "
    if [ -e "$candidate" ]; then text="$text$candidate=$(cat $candidate) "; break; fi
  done
done
echo "$text$(cat gen/g) $(ls extra)" > "$2"
printf '{"inputs": [%s"gen/g"], "folders": ["extra"]}' "$read" > "$3"
"""


class Model:
    """Two checkouts' sources, edited alike, and what a clean build makes of them."""

    def __init__(self, checkout: Checkout, cache: pathlib.Path) -> None:
        self.checkout = checkout
        self.files: dict[str, str] = {}
        checkout.environ["XDG_CACHE_HOME"] = str(cache)
        checkout.dodo(DISCOVERING)
        checkout.write("bin/join", JOIN).chmod(0o755)
        checkout.write("bin/copy", '#!/bin/sh\ncp "$1" "$2"\n').chmod(0o755)
        for name in ("1", "2", "3"):
            self.put(f"main{name}", "a")
        for path, text in (("seed", "s"), ("lib/a", "0"), ("extra/x", "")):
            self.put(path, text)

    def put(self, path: str, text: str) -> None:
        self.files[path] = text
        self.checkout.write(path, text)

    def edit(self, chance: random.Random) -> None:
        kind = chance.choice(("main", "lib", "lib", "gone", "extra", "seed"))
        part = chance.choice(PARTS)
        if kind == "main":
            self.put(f"main{chance.choice('123')}", " ".join(chance.sample(PARTS, chance.randint(1, 3))))
        elif kind == "lib":
            self.put(f"lib/{chance.choice(('', '_'))}{part}", str(chance.randint(0, 2)))
        elif kind == "seed":
            self.put("seed", chance.choice("st"))
        elif kind == "extra" and "extra/y" not in self.files:
            self.put("extra/y", "")
        else:
            path = chance.choice((f"lib/_{part}", f"lib/{part}", "extra/y"))
            if self.files.pop(path, None) is not None:
                (self.checkout.folder / path).unlink()

    def expected(self, name: str) -> str:
        found = ""
        for part in self.files[f"main{name}"].split():
            path = next((each for each in (f"lib/_{part}", f"lib/{part}") if each in self.files), "")
            found += f"{path}={self.files[path]} " if path else ""
        extra = "\n".join(sorted(path[6:] for path in self.files if path.startswith("extra/")))
        return f"{found}{self.files['seed']} {extra}\n"


@pytest.mark.parametrize("seed", range(4))
def test_discovered_inputs_of_two_checkouts_lead_to_what_a_clean_build_makes(engine, tmp_path, cache, seed):
    chance = random.Random(SEED + seed)
    models = [Model(Checkout(engine, tmp_path / place), cache) for place in ("one", "x/y/two")]
    hits = 0
    for _ in range(EDITS // 4):
        model = chance.choice(models)
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            model.edit(chance)
        run = model.checkout.run("-r", "json")
        hits += taken(run)
        for name in ("1", "2", "3"):
            assert model.checkout.read(f"out/{name}") == model.expected(name), run
        assert model.checkout.build() == []
    assert hits > 3
