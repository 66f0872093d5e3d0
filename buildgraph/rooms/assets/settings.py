"""Settings: how names are found, what stands for them, and what is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .policy import POLICY

BROWSERS = ("es2020", "chrome92", "firefox90", "safari15")
"""What scripts and sheets are written for, in esbuild's words: ES modules with `import()`, and `inset` and `:is()` in sheets."""


@dataclass(frozen=True)
class Settings:
    """Say how names are found, what stands for them, and what is written.

    Args:
        load_paths: folders in which sass looks for what is not next to the sheet that names it, the first one first.
        aliases: name in an import of a script -> what is imported (a package, or a path that begins with "./").
        defines: global name in scripts -> the JavaScript expression that stands for it.
        injected: modules whose exports stand for global names in scripts (jQuery's `$`).
        loaders: ending of what a script imports -> esbuild's loader of it ("text", "dataurl", …).
        browsers: the oldest that must understand the result, in esbuild's words (`target`).
        webp_quality: of the smaller forms of pictures, 1 to 100.
        messages: the global variable in which a linked script finds its language's messages.
        compression: ending -> encoding ("gz", "br") -> level, of what is released.
    """

    load_paths: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    defines: Mapping[str, str] = field(default_factory=dict)
    injected: tuple[str, ...] = ()
    loaders: Mapping[str, str] = field(default_factory=dict)
    browsers: tuple[str, ...] = BROWSERS
    webp_quality: int = 90
    messages: str = "TRANSLATIONS"
    compression: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: POLICY)

    @property
    def of_names(self) -> dict[str, Any]:
        """Return what stands for names in scripts, as data."""
        return {
            "aliases": dict(self.aliases),
            "defines": dict(self.defines),
            "injected": self.injected,
            "loaders": dict(self.loaders),
        }
