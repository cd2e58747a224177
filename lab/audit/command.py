"""The command line of a load tool, as it stands above its output or in a table's heading → what it asked for."""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from lab.audit import units
from lab.audit.told import OPEN_TOOLS

TOOLS = ("wrk2", "wrk", "oha", "hey", "ab", "k6", "vegeta", "autocannon", "bombardier", "locust")
LINE = re.compile(rf"(?:^|[\s`$#>/(])({'|'.join(TOOLS)})(\s+-[^`\n]*|\s+(?:run|attack)\s[^`\n]*)", re.MULTILINE)

EACH = "offered_rate_each"
"""What each connection is to send at most; they are `DEFAULT_CONNECTIONS` where the command does not say."""
DEFAULT_CONNECTIONS = {"hey": 50, "autocannon": 10}

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "wrk": {"t": "threads", "c": "connections", "d": "duration_s", "R": "offered_rate", "rate": "offered_rate"},
    "hey": {"c": "connections", "z": "duration_s", "q": EACH},
    "oha": {"c": "connections", "z": "duration_s", "q": "offered_rate", "p": "pipelining"},
    "ab": {"c": "connections", "t": "duration_s"},
    "k6": {"u": "connections", "vus": "connections", "d": "duration_s"},
    "vegeta": {"rate": "offered_rate"},
    "autocannon": {
        "c": "connections",
        "d": "duration_s",
        "R": "offered_rate",
        "overallRate": "offered_rate",
        "r": EACH,
        "connectionRate": EACH,
        "p": "pipelining",
        "w": "threads",
    },
    "bombardier": {"c": "connections", "d": "duration_s", "r": "offered_rate", "rate": "offered_rate"},
    "locust": {"u": "connections", "users": "connections", "t": "duration_s", "run-time": "duration_s"},
}
LONG = {"connections": "connections", "duration": "duration_s", "threads": "threads", "pipelining": "pipelining"}
HTTP2 = ("-h2", "--http2")


def last(text: str) -> dict[str, Any]:
    """What the last command in a text asked for, as keys of a row; empty if there is none."""
    found: dict[str, Any] = {}
    for match in LINE.finditer(text):
        found = parse(match[1], match[2])
    return found


def parse(tool: str, arguments: str) -> dict[str, Any]:
    """The keys of a row that a command line settles."""
    known = OPTIONS["wrk" if tool == "wrk2" else tool]
    row: dict[str, Any] = {"tool": tool}
    words = _words(arguments)
    for name, value in _options(words, known):
        key = known.get(name) or LONG.get(name)
        if key and (figure := _value(key, value)) is not None:
            row[key] = figure
    if each := row.pop(EACH, None):
        row["offered_rate"] = each * row.get("connections", DEFAULT_CONNECTIONS[tool])
    if any(word in HTTP2 for word in words):
        row["protocol"] = "h2"
    if tool in OPEN_TOOLS or "offered_rate" in row:
        row["loop"] = "open"
    if tool == "wrk" and "offered_rate" in row:
        row["tool"] = "wrk2"  # wrk itself has no rate
    return row


def _words(arguments: str) -> list[str]:
    bare = re.split(r"\s[|>&;]|[:,]\s", arguments, maxsplit=1)[0].rstrip(":,;")
    try:
        return shlex.split(bare)
    except ValueError:
        return bare.split()


def _options(words: list[str], known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """`-c100`, `-c 100`, `-rate=5000`, `--connections 100`, each with its name bare of dashes."""
    for index, word in enumerate(words):
        if not word.startswith("-"):
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if not equals and name not in known and not word.startswith("--") and name[:1] in known:
            name, value = name[0], name[1:]
        elif not equals:
            value = words[index + 1] if index + 1 < len(words) else ""
        yield name, value


def _value(key: str, text: str) -> float | int | None:
    if key == "duration_s":
        return units.duration(text, unit="s").value
    value = units.rate(text.partition("/")[0]).value
    return value if value is None or key in ("offered_rate", EACH) else int(value)
