"""What Locust prints at its end, its `_stats.csv` and its JSON: one row for each kind of request, and one for all."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lab.audit import command, units
from lab.audit.readers import parts
from lab.audit.row import Errors, Row
from lab.audit.words import clean_name

NAME = "Locust"
START = re.compile(r"^Type\s+Name\s+# reqs\s+# fails", re.MULTILINE)
LINE = re.compile(
    r"^(?P<method>[A-Z]*)\s+(?P<name>\S.*?)\s+(?P<total>\d+)\s+(?P<failed>\d+)\([\d.]+%\)\s*\|"
    r"\s*(?P<mean>\d+)\s+(?P<min>\d+)\s+(?P<max>\d+)\s+(?P<p50>\d+)\s*\|\s*(?P<rate>[\d.]+)",
    re.MULTILINE,
)
STEP_S = 0.001
CSV_TITLES = {"Request Count", "Failure Count", "Median Response Time", "Average Response Time"}
ALL = "Aggregated"


def read(text: str) -> Iterator[Row]:
    """The rows of the last table: those before it are of a run under way."""
    pieces = list(parts.split(START, text))
    if not pieces:
        return
    last = pieces[-1]
    users = parts.whole(r"\((\d+) total users\)", text) or command.last(text).get("connections")
    after = last.text.partition("Response time percentiles")
    for match in LINE.finditer(after[0]):
        yield _row(match, _ranks(match["name"], after[2]), users=users, where=last.where)


def _row(match: re.Match[str], ranks: tuple[tuple[float, float], ...], *, users: int | None, where: str) -> Row:
    return Row(
        name=clean_name(match["name"]),
        where=where,
        tool="locust",
        thinks=True,
        connections=users if match["name"] == ALL else None,
        rate=units.rate(match["rate"]).value,
        mean_s=int(match["mean"]) / 1e3,
        mean_step_s=STEP_S,
        min_s=int(match["min"]) / 1e3,
        max_s=int(match["max"]) / 1e3,
        percentiles_s=ranks,
        total=int(match["total"]),
        errors=Errors(status=int(match["failed"])),
    )


def _ranks(name: str, text: str) -> tuple[tuple[float, float], ...]:
    titles = [float(title) for title in re.findall(r"([\d.]+)%", text.partition("\n")[2].partition("\n")[0])]
    for line in text.splitlines():
        words = line.split()
        if name in words and len(words) > len(titles) and titles:
            figures = words[-len(titles) - 1 : -1]
            if all(figure.isdigit() for figure in figures):
                pairs = zip(titles, figures, strict=True)
                return tuple((title, int(figure) / 1e3) for title, figure in pairs if title < 100)  # noqa: PLR2004
    return ()


def from_csv(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Row] | None:
    """The rows of `_stats.csv`; None if the titles are not its own."""
    if not set(titles) >= CSV_TITLES:
        return None
    return [_csv_row(dict(zip(titles, row, strict=False))) for row in rows if len(row) == len(titles)]


def _csv_row(cells: Mapping[str, str]) -> Row:
    def milliseconds(title: str) -> float | None:
        return units.duration(cells.get(title, ""), unit="ms").value

    ranks = [(float(title[:-1]), milliseconds(title)) for title in cells if re.fullmatch(r"[\d.]+%", title)]
    return Row(
        name=clean_name(cells.get("Name", "")),
        tool="locust",
        thinks=True,
        rate=units.rate(cells.get("Requests/s", "")).value,
        mean_s=milliseconds("Average Response Time"),
        min_s=milliseconds("Min Response Time"),
        max_s=milliseconds("Max Response Time"),
        percentiles_s=tuple((rank, value) for rank, value in ranks if value is not None and rank < 100),  # noqa: PLR2004
        total=int(units.count(cells["Request Count"]).value or 0),
        errors=Errors(status=int(units.count(cells["Failure Count"]).value or 0)),
    )


def from_json(data: Mapping[str, Any]) -> Row | None:
    """One entry of `--json`; None if it is something else."""
    if not {"num_requests", "num_failures", "total_response_time"} <= data.keys():
        return None
    total = int(data["num_requests"])
    lasted_s = float(data.get("last_request_timestamp") or 0) - float(data.get("start_time") or 0)
    return Row(
        name=str(data.get("name", "")),
        tool="locust",
        thinks=True,
        rate=total / lasted_s if lasted_s > 0 else None,
        mean_s=data["total_response_time"] / total / 1e3 if total else None,
        max_s=data.get("max_response_time", 0) / 1e3,
        total=total,
        errors=Errors(status=int(data["num_failures"])),
    )
