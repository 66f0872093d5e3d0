"""Steps: what is made of each entry, in the order in which files flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from buildgraph.errors import BuildError
from buildgraph.rules.command import Command
from buildgraph.rules.word import data_word, to_word

from .mistakes import check_entries, check_name, check_outputs
from .names import check_place, names_of
from .shelf import Compression, Shelf, Tree
from .step import Step, by_node, by_python

if TYPE_CHECKING:
    from . import Assets

DRAWING = ".svg"
PICTURES = (".png", ".jpg", ".jpeg")
READS = ".reads.json"
SHEETS = "sheets"


def of(assets: Assets) -> Iterator[Step]:
    """Yield the steps, the one that publishes last."""
    yield from assets.made
    shelf = _shelf(assets)
    command = by_python(
        "publish",
        to_word(shelf),
        assets.into,
        tells=True,
        doc=f"Publish the built files in {assets.into}, with hashed names.",
    )
    yield Step("dist", _published(shelf), (assets.into,), command)


def compressing(assets: Assets) -> tuple[Step, ...]:
    """Return the steps that compress."""
    shelf = _shelf(assets)
    return (*_compressed_files(assets, shelf), *_compressed_trees(assets, shelf))


def release(assets: Assets) -> Step:
    """Return the step that publishes all, with what was compressed."""
    shelf = _shelf(assets)
    smaller = tuple(output for step in assets.compressing for output in step.outputs)
    words = ("publish", to_word(shelf), assets.released, f"{assets.compiled}/compressed")
    doc = f"Publish the built files in {assets.released}, with compressed ones."
    return Step(
        "release",
        (*_published(shelf), *smaller),
        (assets.released,),
        by_python(*words, tells=True, doc=doc),
    )


def made(assets: Assets) -> tuple[Step, ...]:
    """Return all steps before the last one; raise BuildError for what cannot be built."""
    check_entries(assets)
    steps = tuple(_steps(assets))
    check_outputs(assets.compiled, steps)
    return steps


def _steps(assets: Assets) -> Iterator[Step]:
    images = list(_images(assets))
    sheets = _sheets(assets)
    for name, source in names_of(assets.styles).items():
        yield _style(assets, name, source)
        if source in assets.mirrored:
            yield _mirrored(assets, name, source)
    yield from images
    after = tuple(f"{assets.group}:{step.name}" for step in images)
    for name, (source, raw) in sheets.items():
        yield _sheet(assets, name, source, raw, after, sheets)
    if assets.modules:
        yield _modules(assets)
    for name, source in names_of(assets.scripts).items():
        yield _script(assets, name, source)
        for language, messages in assets.linked.get(source, {}).items():
            yield _linked(assets, name, language, messages)


# Sheets


def _style(assets: Assets, name: str, source: str) -> Step:
    output = f"{assets.compiled}/raw/{name}.css"
    outputs = _with_map(output)
    settings = {"load_paths": assets.settings.load_paths, "place": output}
    command = _node(
        assets, "sass", source, *outputs, settings=settings, discovers=outputs[-1], doc=f"Compile {source}."
    )
    return Step(f"style:{name}", (source,), outputs, command)


def _mirrored(assets: Assets, name: str, source: str) -> Step:
    raw = f"{assets.compiled}/raw/{name}"
    inputs, outputs = (f"{raw}.css", f"{raw}.css.map"), (f"{raw}.rtl.css", f"{raw}.rtl.css.map")
    command = _node(
        assets,
        "rtl",
        *inputs,
        *outputs,
        doc=f"Mirror {source} for languages that are written from right to left.",
    )
    return Step(f"mirrored:{name}", inputs, outputs, command)


def _sheets(assets: Assets) -> dict[str, tuple[str, str]]:
    """Return the name of each sheet, without its ending -> its entry, and where it is compiled."""
    found = {}
    for name, source in names_of(assets.styles).items():
        for each in (name, f"{name}.rtl") if source in assets.mirrored else (name,):
            found[each] = (source, f"{assets.compiled}/raw/{each}.css")
    return found


def _sheet(
    assets: Assets,
    name: str,
    source: str,
    raw: str,
    after: Sequence[str],
    sheets: Mapping[str, tuple[str, str]],
) -> Step:
    made = (f"{assets.compiled}/{SHEETS}/{name}/", f"{assets.compiled}/{SHEETS}/{name}{READS}")
    settings = {
        "entry": source,
        "name": f"css/{name}.css",
        "places": _places(assets),
        "sheets": {f"css/{other}.css": at for other, (_, at) in sheets.items()},
        "entries": {at: entry for entry, at in sheets.values()},
        "browsers": assets.settings.browsers,
    }
    doc = (
        f"Bundle and minify the sheet of {source}{' from right to left' if raw.endswith('.rtl.css') else ''}."
    )
    command = _node(assets, "css", raw, *made, settings=settings, discovers=made[-1], doc=doc)
    others = tuple(f"{assets.group}:style:{each}" for each in names_of(assets.styles))
    return Step(f"sheet:{name}", (raw, f"{raw}.map"), made, command, (*others, *after))


def _places(assets: Assets) -> dict[str, list[str]]:
    """Return place -> the folders in which a file of it lies, the one that counts first."""
    places = {
        place: [f"{assets.compiled}/{place}", folder.rstrip("/")] for place, folder in assets.images.items()
    }
    for place, folder in assets.copied.items():
        places.setdefault(place, []).append(folder.rstrip("/"))
    return places


# Scripts


def _modules(assets: Assets) -> Step:
    folder = f"{assets.compiled}/modules/"
    outputs = (folder, f"{assets.compiled}/modules.json", f"{assets.compiled}/modules{READS}")
    settings = {**_of_scripts(assets), "folder": "js"}
    command = _node(
        assets, "modules", *outputs, settings=settings, discovers=outputs[-1], doc="Bundle the ES modules."
    )
    return Step("modules", assets.modules, outputs, command)


def _script(assets: Assets, name: str, source: str) -> Step:
    is_linked = source in assets.linked
    output = f"{assets.compiled}/{'raw' if is_linked else 'js'}/{name}.js"
    outputs = (output, f"{assets.compiled}/js/{name}.js.map", f"{output}{READS}")
    names = (f"{assets.compiled}/modules.json",) if assets.modules else ()
    settings = {
        **_of_scripts(assets),
        "name": f"js/{name}.js",
        "names": "".join(names),
        "is_linked": is_linked,
    }
    command = _node(
        assets, "script", source, *outputs, settings=settings, discovers=outputs[-1], doc=f"Bundle {source}."
    )
    return Step(f"script:{name}", (source, *names), outputs, command)


def _of_scripts(assets: Assets) -> dict[str, Any]:
    return {
        **assets.settings.of_names,
        "browsers": assets.settings.browsers,
        "modules": {source: f"js/{name}.js" for name, source in names_of(assets.modules).items()},
    }


def _linked(assets: Assets, name: str, language: str, messages: str) -> Step:
    script, output = f"{assets.compiled}/raw/{name}.js", f"{assets.compiled}/js/{name}.{language}.js"
    command = by_python(
        "link",
        script,
        messages,
        output,
        assets.settings.messages,
        doc=f"Link the script '{name}' with the messages of '{language}'.",
    )
    return Step(f"linked:{name}.{language}", (script, messages), (output,), command)


# Images


def _images(assets: Assets) -> Iterator[Step]:
    for place, folder in assets.images.items():
        top = Path(folder)
        for file in sorted(each for each in top.rglob("*") if each.suffix.lower() in (DRAWING, *PICTURES)):
            yield _image(assets, f"{place}/{file.relative_to(top).as_posix()}", file.as_posix())


def _image(assets: Assets, name: str, source: str) -> Step:
    if source.lower().endswith(DRAWING):
        output = f"{assets.compiled}/{name}"
        command = _node(assets, "svg", source, output, doc=f"Make {source} smaller.")
    else:
        output = f"{assets.compiled}/{PurePosixPath(name).with_suffix('.webp')}"
        command = _node(
            assets,
            "webp",
            source,
            output,
            str(assets.settings.webp_quality),
            doc=f"Make the smaller form of {source}.",
        )
    return Step(f"image:{name}", (source,), (output,), command)


# What is published


def _shelf(assets: Assets) -> Shelf:
    raw = f"{assets.compiled}/raw/"
    outputs = [
        path
        for step in assets.made
        for path in step.outputs
        if not path.startswith(raw) and not path.endswith(READS)
    ]
    files = [path for path in outputs if not path.endswith("/") and path != f"{assets.compiled}/modules.json"]
    trees = [Tree("css", path, True) for path in outputs if path.startswith(f"{assets.compiled}/{SHEETS}/")]
    if assets.modules:
        trees.append(Tree("js", f"{assets.compiled}/modules/", True))
    images = [Tree(check_place(place), folder, but=(DRAWING,)) for place, folder in assets.images.items()]
    trees += [tree for tree in images if tree.files]
    trees += [Tree(check_place(place), folder) for place, folder in assets.copied.items()]
    names = (f"{assets.compiled}/modules.json",) if assets.modules else ()
    return Shelf(assets.compiled, tuple(files), tuple(trees), names)


def _published(shelf: Shelf) -> tuple[str, ...]:
    apart = (f"!{tree.folder.rstrip('/')}/**/*{ending}" for tree in shelf.trees for ending in tree.but)
    return (*shelf.files, *(tree.folder for tree in shelf.trees), *shelf.names, *apart)


def _compressed_files(assets: Assets, shelf: Shelf) -> Iterator[Step]:
    """Yield a step for each file, made or copied, whose ending has levels."""
    for name, file in {
        **_copies(shelf),
        **{path.removeprefix(f"{assets.compiled}/"): path for path in shelf.files},
    }.items():
        ending = PurePosixPath(file).suffix
        if levels := assets.settings.compression.get(ending):
            check_name(file)
            outputs = [f"{assets.compiled}/compressed/{name}.{encoding}" for encoding in levels]
            word = to_word(Compression({ending: levels}))
            command = by_python("compress", word, file, *outputs, cached=True, doc=f"Compress {name}.")
            yield Step(name, (file,), tuple(outputs), command)


def _copies(shelf: Shelf) -> dict[str, str]:
    """Return name -> file of what lies in the folders that people fill."""
    return {
        f"{tree.place}/{file.relative_to(tree.folder).as_posix()}": file.as_posix()
        for tree in shelf.trees
        if not tree.is_made
        for file in tree.files
    }


def _compressed_trees(assets: Assets, shelf: Shelf) -> Iterator[Step]:
    """Yield a step for each folder that a step fills: what will be in it is not known before."""
    for tree in shelf.trees:
        if tree.is_made:
            name = tree.folder.removeprefix(f"{assets.compiled}/").rstrip("/")
            into = f"{assets.compiled}/compressed-{name}/"
            word = to_word(Compression(assets.settings.compression))
            command = by_python(
                "compress-tree", word, tree.folder, into, cached=True, doc=f"Compress the files of {name}."
            )
            yield Step(name, (tree.folder,), (into,), command)


def _node(assets: Assets, *words: str, settings: Mapping[str, object] | None = None, **more: Any) -> Command:
    if not assets.node:
        raise BuildError(
            "the assets have no node that compiles them", "", "Name it: assets.Assets(…, node=NODE.program)."
        )
    said = () if settings is None else (data_word(settings),)
    return by_node(assets.node, *words, *said, cached=True, **more)


def _with_map(output: str) -> tuple[str, str, str]:
    return (output, f"{output}.map", f"{output}{READS}")
