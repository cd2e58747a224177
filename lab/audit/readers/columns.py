"""What the title of a column says: which figure stands in it, and in which unit."""

import re
from dataclasses import dataclass
from typing import Literal

from lab.audit import units
from lab.audit.words import clean_name

Kind = Literal["text", "rate", "time", "count", "share", "memory", "cpus", "ratio", "run", "status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A figure's place in a row, how to read it, and what was taken for granted of its title."""

    key: str
    kind: Kind
    unit: str | None = None
    rank: float | None = None
    """Of a percentile: 99.9."""
    assumed: str | None = None


PATTERNS: tuple[tuple[str, str, Kind], ...] = (
    (r"run ?#?\d+|round ?#?\d+|#\d+|trial ?\d+", "runs", "run"),
    (r"(non[- ]?2xx|wrong status|status errors?|bad status).*", "errors.status", "count"),
    (r"(status[_ ]?)?([1-5])xx", "status", "status"),
    (r"(connect(ion)? errors?|connect|errors?[. ]connect|refused)", "errors.connect", "count"),
    (r"(read errors?|errors?[. ]read|resets?)", "errors.read", "count"),
    (r"(write errors?|errors?[. ]write)", "errors.write", "count"),
    (r"(time-?outs?|timed out|time ?out errors?|errors?[. ]time-?outs?)", "errors.timeout", "count"),
    (r"(success|success ?(rate|ratio|share)|ok ?(rate|%)?|successful %?)", "success_share", "share"),
    (r"(error|failure|fail) ?(rate|ratio|share|%)|errors? %|% errors?", "failed_share", "share"),
    (r"(errors?|failed|failures?|fails|failed requests|socket errors)( total| count)?", "errors", "count"),
    (r"reconnects?|reconnections?", "reconnects", "count"),
    (r"(offered|target|requested|attempted|sent|send)( (rate|rps|load|req(uest)?s?/s(ec)?))?", "offered_rate", "rate"),
    ((r"(connections?|conns?|verbindungen|concurren(cy|t)|concurrency level|clients|users|vus|"
      r"concurrent (users|requests|clients))( \(?-?c\)?)?|c"), "connections", "count"),
    (r"threads?|t", "threads", "count"),
    (r"(rounds|repeats|repetitions|runs|trials)", "rounds", "count"),
    (r"pipelin(e|ing)( depth)?", "pipelining", "count"),
    (r"(duration|run time|runtime|test (duration|time)|length|d)", "duration_s", "time"),
    ((r"(total )?(requests|reqs|responses|answers)( total| count| completed)?|total|completed?( requests)?|count|"
     r"# ?req(uest)?s"), "total", "count"),
    (r"(std ?dev|stdev|standard deviation|σ|deviation|jitter)", "stdev_s", "time"),
    (r"(min(imum)?|fastest|best)", "min_s", "time"),
    (r"(max(imum)?|slowest|worst|longest)", "max_s", "time"),
    ((r"(avg|average|mean|mittelwert|durchschnitt)( (response )?time| of latency)?|latency|response time|"
      r"time per request|(avg|average|mean) (req(uest)?|resp(onse)?)( time)?|time"), "mean_s", "time"),
    (r"cpus?( usage| %| used)?", "cpus", "cpus"),
    (r"(memory|mem|rss|ram)( usage| used| peak)?", "memory_mb", "memory"),
    ((r"(relative|ratio|speed-?up|times|factor|× .*|x (faster|slower).*|vs\.? .*|(relative|compared) to .*|"
     r"(faster|slower)( than .*)?)"), "ratio", "ratio"),
    (r"tool|generator|load generator", "tool", "text"),
    (r"protocol|http version", "protocol", "text"),
    ((r"(name|framework|stack|server|system|language|implementation|library|test|setup|variant|configuration|config|"
     r"deployment|runtime|app(lication)?|what|id|row|web ?server|contender|candidate|type|benchmark|url|endpoint|route)"
     r"( name)?|"), "name", "text"),
)  # fmt: skip
RATES = re.compile(
    r"(req(uest)?s?|anfragen|queries|transactions|responses|answers|ops|operations)? ?(/|per|p) ?s(ec(onds?)?)?|"
    r"rps|qps|tps|req(uest)?s? ?per ?s(ec(onds?)?)?|throughput|(request )?rate|ops"
)
PERFORMANCE = re.compile(r"(best |peak |max )?performance( \(?higher is better\)?)?")
"""A rate in tables that rank by it; which, the title leaves to the reader."""
LONGEST = 100
"""Characters of a title that are read."""
AVERAGED = re.compile(r"^(avg\.?|average|mean|total|peak|best|max) | (avg\.?|average|mean|median)$")
PERCENTILE = re.compile(
    r"(?:^|\b|_)(?:p|pct|percentile)[ _.-]?(\d{2}(?:[._]?\d+)?)(?:th)?\b|(\d{2}(?:\.\d+)?) ?(?:%|th|pct)"
)
UNIT = re.compile(
    r"[(\[,] ?(?:in )?([a-zµμ]+|%)[)\]]?\s*$"
    r"|[ _](?:in )?(ms|us|µs|μs|ns|s|secs?|seconds|milliseconds|mb|mib|kb|gb|gib)$"
)
NESTED = re.compile(r"^load (?=connections|threads|duration|tool)| value$")
"""What the title of a figure within an object has besides: `load connections`, `requests per second value`."""
LATENCY = re.compile(r"\b(latency|latencies|response times?|lat|resp|duration of requests?|time)\b")


def recognise(title: str) -> Column | None:
    """The column that a title announces; None if it is none of those that matter here."""
    printed = clean_name(title[:LONGEST]).lower()
    bare = NESTED.sub("", re.sub(r"[_\s]+", " ", printed).strip(" :*"))
    if _is_rate(re.sub(r"[()\[\]]", " ", bare)):
        return Column(key="rate", kind="rate")
    if PERFORMANCE.fullmatch(bare):
        return Column(key="rate", kind="rate", assumed=f"{printed!r} read as requests/s")
    bare, unit = _without_unit(bare)
    if found := _percentile(bare, unit):
        return found
    spoken = LATENCY.sub("", bare).strip(" .-:") if LATENCY.search(bare) and len(bare.split()) > 1 else bare
    for candidate in (bare, spoken):
        for pattern, key, kind in PATTERNS:
            if re.fullmatch(pattern, candidate):
                return _column(key, kind, unit, printed, bare)
    return None


def _column(key: str, kind: Kind, unit: str | None, printed: str, bare: str) -> Column:
    assumed = (
        f"{printed!r} read as the mean latency"
        if key == "mean_s" and not re.search(r"avg|average|mean|mittel|durchschnitt", bare)
        else None
    )
    if kind == "status":
        key = f"status.{re.sub(r'[^1-5]', '', bare)[0]}"
    return Column(key=key, kind=kind, unit=unit, assumed=assumed)


def _is_rate(bare: str) -> bool:
    spoken = re.sub(r"\s+", " ", AVERAGED.sub("", bare.strip())).strip(" .")
    spoken = re.sub(r"^(.*\S) (req(uest)?s?/s(ec)?|rps)$", r"\2", spoken) if " " in spoken else spoken
    if re.fullmatch(r"req(uest)?s average", bare):  # a total has no average: it is one over seconds
        return True
    return bool(RATES.fullmatch(spoken)) or spoken in ("requests/s", "requests/sec", "requests / s", "req/sec")


def _without_unit(bare: str) -> tuple[str, str | None]:
    match = UNIT.search(bare)
    if not match:
        return bare, None
    unit = match[1] or match[2]
    known = units.SPELT.get(unit, unit)
    if known in units.SECONDS or known in ("%", "mb", "mib", "kb", "gb", "gib"):
        return bare[: match.start()].strip(" ("), known
    return bare, None


def _percentile(bare: str, unit: str | None) -> Column | None:
    if re.search(r"\bmedian\b", bare):
        return Column(key="percentile", kind="time", unit=unit, rank=50.0)
    match = PERCENTILE.search(bare)
    if not match or re.search(r"cpu|mem|error|success|interval|confidence|\bci\b|\bconf\b", bare):
        return None
    digits = (match[1] or match[2]).replace("_", ".")
    rank = float(digits) if "." in digits or len(digits) <= 2 else float(f"{digits[:2]}.{digits[2:]}")  # noqa: PLR2004
    return Column(key="percentile", kind="time", unit=unit, rank=rank)
