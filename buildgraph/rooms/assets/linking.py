"""Linking: a script and the messages of one language become that language's script.

The messages are a line of their own before the script, whose text is the same for all languages, and so is its source map, which counts that line.
"""

import json
from pathlib import Path


def link(script: Path, messages: Path, output: Path, variable: str) -> None:
    """Write the script of a language; `messages` is {"messages": {text: [forms]}, "plural": expression of n}."""
    found = json.loads(messages.read_text("utf-8"))
    texts = ",".join(f"{_key(text)}:{_json(forms)}" for text, forms in sorted(found["messages"].items()))
    prelude = f"globalThis.{variable}={{messages:{{{texts}}},plural:(n)=>Number({found['plural']})}};\n"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(prelude.encode() + script.read_bytes())


def _key(text: str) -> str:
    return (
        '["__proto__"]' if text == "__proto__" else _json(text)
    )  # Without brackets it would not be a property.


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
