"""The printed output of hey, and of oha, which began as hey in another language."""

import re
from collections.abc import Iterator, Mapping

from lab.audit import command, units
from lab.audit.readers import parts
from lab.audit.row import Errors, Row

NAME = "hey or oha"
START = re.compile(r"^Summary:\s*\n(?=(?:.*\n){1,10}\s*Requests/sec:)", re.MULTILINE)
STATUS = re.compile(r"^\s+\[(\d{3})\]\s+(\d+) responses", re.MULTILINE)
ERROR = re.compile(r"^\s+\[(\d+)\]\s+(.*)$", re.MULTILINE)
PERCENTILE = r"^\s+(\d+(?:\.\d+)?)%{1,2} in (\S+(?: (?:secs?|ms|us|ns))?)"


def read(text: str) -> Iterator[Row]:
    """One row for each run."""
    return (_row(piece) for piece in parts.split(START, text))


def _row(piece: parts.Piece) -> Row:
    text, asked = piece.text, command.last(piece.before)
    is_oha = "Success rate:" in text
    rate = units.rate(parts.after(r"^\s+Requests/sec:\s+(\S+)", text))
    mean = _time("Average", text)
    statuses = {code: int(number) for code, number in STATUS.findall(text)}
    settled = {key: asked[key] for key in ("connections", "protocol", "pipelining", "offered_rate") if key in asked}
    return Row(
        name=piece.name,
        where=piece.where,
        tool="oha" if is_oha else "hey",
        loop=asked.get("loop", "closed"),
        duration_s=_time("Total", text).value,
        rate=rate.value,
        rate_step=rate.step,
        mean_s=mean.value,
        mean_step_s=mean.step,
        min_s=_time("Fastest", text).value,
        max_s=_time("Slowest", text).value,
        percentiles_s=parts.percentiles(PERCENTILE, text, unit="s"),
        total=sum(statuses.values()) or None,
        errors=_errors(text, statuses),
        **settled,
    )


def _time(name: str, text: str) -> units.Figure:
    return units.duration(parts.after(rf"^\s+{name}:\s+(\S+(?: ?(?:secs?|ms|us|µs|ns))?)", text), unit="s")


def _errors(text: str, statuses: Mapping[str, int]) -> Errors:
    told = ERROR.findall(text.partition("Error distribution:")[2])
    failed = sum(number for code, number in statuses.items() if code[0] not in "23")
    return Errors(**error_kinds({message: int(number) for number, message in told}), status=failed)


def error_kinds(told: Mapping[str, int]) -> dict[str, int]:
    """Errors told apart by their messages; a request that the deadline cut off is none."""
    kinds = {"connect": 0, "read": 0, "timeout": 0}
    for message, number in told.items():
        lower = message.lower()
        if "aborted due to deadline" in lower:
            continue
        if "timeout" in lower or "timed out" in lower or "deadline exceeded" in lower:
            kind = "timeout"
        else:
            kind = "connect" if re.search(r"refused|dial|connect:|too many open files|assign", lower) else "read"
        kinds[kind] += int(number)
    return kinds
