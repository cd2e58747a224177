"""Figures as people and tools print them → numbers; what had to be assumed is said, never guessed silently."""

import math
import re
from dataclasses import dataclass

SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
SPELT = {
    "nanoseconds": "ns",
    "microseconds": "us",
    "usec": "us",
    "usecs": "us",
    "milliseconds": "ms",
    "millis": "ms",
    "msec": "ms",
    "msecs": "ms",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "min": "m",
    "mins": "m",
    "minutes": "m",
    "hours": "h",
}
SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "b": 1e9}
MEGABYTES = {"b": 1e-6, "kb": 1e-3, "mb": 1.0, "gb": 1e3, "tb": 1e6}
UNDERFLOW_S = 2.0**64 * 1e-6
"""Microseconds that went below zero in 64 bits without a sign; wrk prints them as minutes."""
LONGEST_S = 1e8
"""Three years: no request took that long."""
NUMBER = r"[-+]?\.?\d[\d.,'_\u00a0\u202f]*"
GROUPED = re.compile(r"^\d{1,3}(?:[.,'_\u00a0\u202f ]\d{3})+$")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that was read: None with a reason in `odd` if it is none, and what was assumed on the way."""

    value: float | None = None
    assumed: str | None = None
    odd: str | None = None
    step: float = 0.0
    """What the last printed digit is worth, in the unit of `value`: it may be off by half of that."""


EMPTY = Figure()
BLANK = {"", "-", "–", "—", "n/a", "na", "none", "null", "?", "…", "tbd"}


def has_decimal_commas(cells: list[str]) -> bool:
    """Whether figures beside each other can only be read with a comma as the decimal sign: `0,85`, `1.234,5`."""
    commas = any(re.match(r"^\s*\d+(?:\.\d{3})*,(?:\d{1,2}|\d{4,})(?:\D|$)", cell) for cell in cells)
    dots = any(re.match(r"^\s*\d+(?:,\d{3})*\.(?:\d{1,2}|\d{4,})(?:\D|$)", cell) for cell in cells)
    return commas and not dots


def plain(text: str, *, decimal_comma: bool = False) -> float | None:
    """A number without its unit; None if it is none."""
    bare = re.sub(r"[\s'_\u00a0\u202f]", "", text)
    if not re.fullmatch(r"[-+]?[\d.,]*\d[\d.,]*(?:[eE][-+]?\d+)?", bare):
        return None
    sign = _decimal_sign(bare, decimal_comma=decimal_comma)
    whole = bare.replace("," if sign == "." else ".", "").replace(",", ".")
    try:
        value = float(whole)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _decimal_sign(bare: str, *, decimal_comma: bool) -> str:
    """Of two kinds of signs the last one; a single comma before three digits groups them, unless the table says so."""
    comma, dot = bare.rfind(","), bare.rfind(".")
    if comma >= 0 and dot >= 0:
        return "," if comma > dot else "."
    if decimal_comma:
        return ","
    if comma >= 0:
        return "." if GROUPED.match(bare.lstrip("+-")) else ","
    return "," if bare.count(".") > 1 else "."


def _step(digits: str, *, decimal_comma: bool) -> float:
    """What the last digit of a number is worth."""
    bare, _, exponent = digits.lower().partition("e")
    _, sign, decimals = bare.rpartition(_decimal_sign(bare, decimal_comma=decimal_comma))
    power = int(exponent) if exponent.lstrip("+-").isdigit() else 0
    return 10.0 ** (power - (len(decimals) if sign else 0))


def rate(text: str, *, decimal_comma: bool = False) -> Figure:
    """Requests per second: `1.2k`, `53,322.42 req/s`, `1.2M`, `600/min`."""
    found = _split(text)
    if isinstance(found, Figure):
        return found
    digits, unit = found
    value = plain(digits, decimal_comma=decimal_comma)
    scale, rest = _scale(unit)
    if value is None:
        return Figure(odd=f"{text.strip()!r} is not a number")
    per = 60.0 if re.search(r"(?:/|per\s*)m(?:in|$)", rest) else 1.0
    step = _step(digits, decimal_comma=decimal_comma) * scale / per
    assumed = None
    if per > 1:
        assumed = f"{text.strip()!r} read as requests per minute"
    elif scale == 1 and not decimal_comma and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", digits):
        assumed = f"{digits!r} read with a decimal point, not as {digits.replace('.', ',')}"
    return Figure(value=value * scale / per, assumed=assumed, step=step)


def count(text: str, *, decimal_comma: bool = False) -> Figure:
    """A number of things: `1,234`, `1.2k`, and `50.585`, which can only be 50,585."""
    found = _split(text)
    if isinstance(found, Figure):
        return found
    digits, unit = found
    scale, _ = _scale(unit)
    bare = digits.strip()
    if scale == 1 and GROUPED.match(bare):
        value = float(re.sub(r"\D", "", bare))
        dotted = "." in bare
        return Figure(value=value, assumed=f"{bare!r} counts things, so it is {value:,.0f}" if dotted else None)
    parsed = plain(digits, decimal_comma=decimal_comma)
    if parsed is None:
        return Figure(odd=f"{text.strip()!r} is not a number")
    if not (parsed * scale).is_integer() and scale == 1:
        return Figure(value=parsed, odd=f"{bare!r} counts things and is not whole")
    return Figure(value=round(parsed * scale))


def duration(text: str, *, unit: str | None = None, decimal_comma: bool = False) -> Figure:
    """Seconds: `136.98us`, `1.2 s`, `1m2.5s`; a bare number is in `unit`, or else taken as milliseconds."""
    bare = text.strip().lower()
    if bare in BLANK:
        return EMPTY
    if re.match(r"^[-+]?nan", bare):
        return Figure(assumed=f"{text.strip()!r} was computed from no answers: left out")
    parts = re.findall(rf"({NUMBER}(?:e[-+]?\d+)?)\s*([a-zµμ]*)", bare)
    if not parts or re.sub(rf"({NUMBER}(?:e[-+]?\d+)?)\s*([a-zµμ]*)\s*", "", bare):
        return Figure(odd=f"{text.strip()!r} is not a time")
    seconds, step, assumed = 0.0, 0.0, None
    for digits, printed in parts:
        value = plain(digits, decimal_comma=decimal_comma)
        known = SPELT.get(printed, printed) or unit
        if known is None:
            known, assumed = "ms", f"{text.strip()!r} has no unit: read as milliseconds"
        if value is None or known not in SECONDS:
            return Figure(odd=f"{text.strip()!r} is not a time")
        seconds += value * SECONDS[known]
        step = _step(digits, decimal_comma=decimal_comma) * SECONDS[known]
    return _possible(text.strip(), Figure(value=seconds, assumed=assumed, step=step))


def _possible(text: str, read: Figure) -> Figure:
    seconds = read.value or 0.0
    if abs(seconds / UNDERFLOW_S - 1) < 1e-3:  # noqa: PLR2004
        return Figure(odd=f"{text!r} is no time: a difference that went below zero in 64 bits without a sign")
    if not math.isfinite(seconds) or seconds < 0 or seconds > LONGEST_S:
        return Figure(odd=f"{text!r} cannot be the time of a request")
    return read


def share(text: str, *, percent: bool = False, decimal_comma: bool = False) -> Figure:
    """A part of one: `30.05%`, or `0.3005`; `percent` says that the column is in percent."""
    found = _split(text)
    if isinstance(found, Figure):
        return found
    digits, unit = found
    value = plain(digits, decimal_comma=decimal_comma)
    if value is None:
        return Figure(odd=f"{text.strip()!r} is not a share")
    if unit.startswith("%") or percent:
        value /= 100
    elif value > 1:
        return Figure(value=value / 100, assumed=f"{text.strip()!r} read as percent")
    return Figure(value=value) if 0 <= value <= 1 else Figure(odd=f"{text.strip()!r} is not a share of anything")


def megabytes(text: str, *, unit: str | None = None) -> Figure:
    """Memory in MB: `113MiB`, `1.7GiB`, `48 MB`; a bare number is in `unit`, or else taken as MB."""
    found = _split(text)
    if isinstance(found, Figure):
        return found
    digits, printed = found
    value = plain(digits)
    known = (printed or unit or "mb").replace("ib", "b")
    known = f"{known}b" if known in ("k", "m", "g", "t") else known
    if value is None or known not in MEGABYTES:
        return Figure(odd=f"{text.strip()!r} is not a size")
    binary = "ib" in printed
    power = {"kb": 1, "mb": 2, "gb": 3, "tb": 4}.get(known, 0)
    return Figure(value=value * (1024**power / 1e6 if binary else MEGABYTES[known]))


def _split(text: str) -> tuple[str, str] | Figure:
    """Digits and unit of a figure, or what it is instead."""
    bare = text.strip().lower().lstrip("~≈>")
    if bare in BLANK:
        return EMPTY
    if re.match(r"^[-+]?nan", bare):
        return Figure(assumed=f"{text.strip()!r} was computed from no answers: left out")
    match = re.match(rf"^({NUMBER}(?: \d{{3}}(?!\d))*(?:[.,]\d+)?(?:e[-+]?\d+)?)\s*(.*)$", bare)
    if not match:
        return Figure(odd=f"{text.strip()!r} is not a number")
    return match[1].rstrip(".,"), match[2]


def _scale(unit: str) -> tuple[float, str]:
    """The factor of a suffix (`k`, `M`) and what follows it."""
    match = re.match(r"^([kmgb]?)(?![a-z])\s*(.*)$", unit)
    return (SCALES[match[1]], match[2]) if match else (1.0, unit)
