"""How the audit quotes figures, and how it makes foreign text harmless."""

import re

from lab.figures.numbers import count_text as count
from lab.figures.numbers import number_text, whole_text
from lab.figures.numbers import setting_text as setting
from lab.figures.numbers import time_text as time

__all__ = ["clean", "clean_name", "count", "number", "percent", "setting", "time"]

NAME_LENGTH = 80
READ_LENGTH = 1_000
"""Characters of a name that are looked at: markup without an end must not take forever."""
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ue000-\uf8ff\ud800-\udfff\U000e0000-\U0010ffff]"
)
"""Control, formatting and private characters: those that turn the direction of writing among them."""
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])|\x9b[0-?]*[ -/]*[@-~]")
"""Colours, cursor movements, titles and links of a terminal."""
WHOLE_FROM = 999.5
"""A published figure is quoted, so from here on with all its digits and not with three."""


def number(value: float) -> str:
    """Three digits, or all before the point of a number from 1,000 on: `9.85`, `391`, `15,799`."""
    return whole_text(round(value)) if abs(value) >= WHOLE_FROM else number_text(value)


def percent(share: float) -> str:
    """A share in three digits: `0.236%`, `89.9%`, `961%`."""
    return f"{number(share * 100)}%"


def clean(text: str) -> str:
    """Text without terminal escapes, control and invisible characters; lines and tabs stay."""
    return INVISIBLE.sub("", ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def clean_name(text: str) -> str:
    """A name on one line, without the markup of Markdown, and no longer than can be read."""
    bare = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", clean(text[:READ_LENGTH]))
    bare = re.sub(r"\s+", " ", re.sub(r"[`*]|(?<!\w)_|_(?!\w)|</?[a-zA-Z][^>]*>", "", bare)).strip()
    return bare if len(bare) <= NAME_LENGTH else f"{bare[: NAME_LENGTH - 1]}…"
