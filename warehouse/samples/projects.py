"""Sample projects as values, drawn from a seeded generator: a few are the first of many."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from random import Random
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.samples import words

PAIRS = [f"{adjective}-{noun}" for adjective, noun in product(words.ADJECTIVES.split(), words.NOUNS.split())]
MOST = len(PAIRS) * len(words.ENDINGS)
SEED = 20
FIRST_DAY = datetime(2024, 1, 1, 12, tzinfo=UTC)
RELEASES = 5  # at most, for one project
YANKED_SHARE = 0.05

DESCRIPTION = """\
# {name}

{summary}.

## Use

```python
import {module}

print({module}.describe())
```

For Python {requires_python}.

> A sample: this project is made up, but it can be installed.
"""


@dataclass(frozen=True)
class SampleRelease:
    """One version of a sample project; `yanked` is the reason, None when it is not."""

    version: str
    created: datetime
    yanked: str | None
    metadata: dict[str, Any]


@dataclass(frozen=True)
class SampleProject:
    """A project that nobody wrote."""

    name: str
    releases: tuple[SampleRelease, ...]

    @property
    def module(self) -> str:
        """The name under which it is imported."""
        return self.name.replace("-", "_")


def sample_projects(count: int) -> Iterator[SampleProject]:
    """Yield that many projects; more than there are names for is a WarehouseError."""
    if not 0 <= count <= MOST:
        raise WarehouseError(f"cannot make up {count} projects", f"Ask for 0 to {MOST}.")
    random = Random(SEED)  # noqa: S311 (samples, not secrets)
    names = [pair + ending for pair, ending in product(PAIRS, words.ENDINGS)]
    random.shuffle(names)
    for index, name in enumerate(islice(names, count)):
        earlier = names[max(0, index - 50) : index]
        yield _project(Random(f"{SEED}:{name}"), name, earlier)  # noqa: S311


def _project(random: Random, name: str, earlier: list[str]) -> SampleProject:
    topic = random.choice(list(words.TOPICS))
    promise = random.choice(words.PROMISES)
    common = {
        "metadata_version": "2.4",
        "name": name,
        "summary": promise.format(topic=topic, Topic=topic.capitalize()),
        "author": random.choice(words.AUTHORS),
        "license_expression": random.choice(words.LICENSES),
        "keywords": topic.split(),
        "classifiers": [words.TOPICS[topic], "Programming Language :: Python :: 3"],
        "project_urls": {"Source": f"https://{name}.example/source"},
        "requires_dist": sorted(random.sample(earlier, k=min(len(earlier), random.choice((0, 0, 1, 2))))),
        "description_content_type": "text/markdown",
    }
    if python := random.choice(words.PYTHONS):
        common["requires_python"] = python
    return SampleProject(name, tuple(_releases(random, common)))


def _releases(random: Random, common: dict[str, Any]) -> Iterator[SampleRelease]:
    created = FIRST_DAY + timedelta(minutes=random.randrange(600 * 24 * 60))
    major, minor = random.choice((0, 1, 2)), 0
    count = random.randint(1, RELEASES)
    for index in range(count):
        minor += random.randint(1, 3)
        is_last = index == count - 1
        version = f"{major}.{minor}" + random.choice(("", ".1", "rc1" if is_last and index else ""))
        is_yanked = not is_last and random.random() < YANKED_SHARE
        yanked = random.choice(words.YANKED_REASONS) if is_yanked else None
        yield SampleRelease(version, created, yanked, common | _described(common, version))
        created += timedelta(minutes=random.randrange(90 * 24 * 60))


def _described(common: dict[str, Any], version: str) -> dict[str, Any]:
    values = {"module": common["name"].replace("-", "_"), "requires_python": "any"} | common
    return {"version": version, "description": DESCRIPTION.format_map(values)}
