"""How the audit writes numbers, and how it makes foreign text harmless."""

import re
import unicodedata

NAME_LENGTH = 80
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])|\x9b[0-?]*[ -/]*[@-~]")
"""Colours, cursor movements, titles and links of a terminal."""
FULL = 999.5
"""From here on a number is written with all its digits."""


def number(value: float) -> str:
    """Three digits, or all of a number from 1,000 on: `9.85`, `391`, `15,799`."""
    return f"{value:,.0f}" if abs(value) >= FULL else f"{value:.3g}"


def time(seconds: float) -> str:
    """A time with the unit a reader would use: `100 ms`, `48 µs`."""
    if seconds >= 1:
        return f"{number(seconds)} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} µs"  # noqa: PLR2004


def percent(share: float) -> str:
    """A share as people read it: `0.3%`, `96%`, `960%`."""
    return f"{share:.2g}%" if (share := share * 100) < 1 else f"{share:,.0f}%"


def count(number_of: int, noun: str) -> str:
    """A number of things: `1 row`, `4 rows`."""
    return f"{number_of:,} {noun}{'' if number_of == 1 else 's'}"


def clean(text: str) -> str:
    """Text without terminal escapes, control and invisible characters; lines and tabs stay."""
    bare = ESCAPES.sub("", text)
    if bare.isascii() and bare.isprintable():
        return bare
    return "".join(one for one in bare if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cf", "Co", "Cs"))


def clean_name(text: str) -> str:
    """A name on one line, without the markup of Markdown, and no longer than can be read."""
    bare = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", clean(text))
    bare = re.sub(r"\s+", " ", re.sub(r"[`*]|(?<!\w)_|_(?!\w)|</?[a-zA-Z][^>]*>", "", bare)).strip()
    return bare if len(bare) <= NAME_LENGTH else f"{bare[: NAME_LENGTH - 1]}…"
