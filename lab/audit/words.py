"""How the audit writes numbers, and how it makes foreign text harmless."""

import re

NAME_LENGTH = 80
READ_LENGTH = 1_000
"""Characters of a name that are looked at: markup without an end must not take for ever."""
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ue000-\uf8ff\ud800-\udfff\U000e0000-\U0010ffff]"
)
"""Control, formatting and private characters: those that turn the direction of writing among them."""
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
    """A share in three digits: `0.236%`, `89.9%`, `961%`."""
    return f"{number(share * 100)}%"


def count(number_of: int, noun: str) -> str:
    """A number of things: `1 row`, `4 rows`."""
    return f"{number_of:,} {noun}{'' if number_of == 1 else 's'}"


def clean(text: str) -> str:
    """Text without terminal escapes, control and invisible characters; lines and tabs stay."""
    return INVISIBLE.sub("", ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def clean_name(text: str) -> str:
    """A name on one line, without the markup of Markdown, and no longer than can be read."""
    bare = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", clean(text[:READ_LENGTH]))
    bare = re.sub(r"\s+", " ", re.sub(r"[`*]|(?<!\w)_|_(?!\w)|</?[a-zA-Z][^>]*>", "", bare)).strip()
    return bare if len(bare) <= NAME_LENGTH else f"{bare[: NAME_LENGTH - 1]}…"
