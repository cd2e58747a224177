"""What people have of requests → the `requests` of a `lab.yaml`: paths, curl commands, or a HAR that a browser saved.

Only what goes to the application itself is taken, which is the first host that is named: others are told and left out,
because load goes to the stack alone.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lab.errors import UsageError

MOST_MIB = 100
MOST_REQUESTS = 200
"""Of a workload: more than that no report can tell apart."""
WORKLOAD = "recorded"
WHOLE = "curl [-X METHOD] [-H 'NAME: VALUE'] [-d BODY] ADDRESS, on one line or with \\ at the ends of lines"
_SAFE = ("GET", "HEAD")
_OF_THE_CONNECTION = frozenset(
    {"host", "connection", "content-length", "accept-encoding", "cookie", "authorization", "proxy-authorization"}
)
"""Headers that a client makes anew, or that hold a secret."""
_WITH_VALUE = {"-X": "method", "--request": "method", "-H": "header", "--header": "header"}
_BODY = ("-d", "--data", "--data-raw", "--data-binary", "--json")
_IGNORED = (
    "-s",
    "-S",
    "-sS",
    "-i",
    "-v",
    "-k",
    "-L",
    "--silent",
    "--include",
    "--insecure",
    "--location",
    "--compressed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What was read, and what was not taken."""

    requests: Mapping[str, list[dict[str, Any]]]
    left_out: tuple[str, ...]
    """Hosts, and how many requests to each."""


def read(path: Path) -> Recorded:
    """Read a file of paths, of curl commands, or a HAR. Raises UsageError with the line that cannot be understood."""
    if not path.is_file():
        raise UsageError(
            f"{path} is not there", where="--requests", fix="name a file of paths or curl commands, or a HAR"
        )
    if (mib := path.stat().st_size / 2**20) > MOST_MIB:
        raise UsageError(
            f"{path} holds {mib:,.0f} MiB, of which at most {MOST_MIB} are read",
            where="--requests",
            fix="save a shorter visit, or remove the bodies from it",
        )
    text = path.read_text("utf-8", "replace")
    pairs = list(_har(text, path) if text.lstrip().startswith("{") else _lines(text, path))
    own = next((host for host, _ in pairs if host), "")
    taken = [request for host, request in pairs if host in ("", own)]
    others = [host for host, _ in pairs if host not in ("", own)]
    if not taken:
        raise UsageError("there is no request in it", where=str(path), fix="one path or curl command a line, or a HAR")
    distinct = {json.dumps(request, sort_keys=True): request for request in taken}
    return Recorded(
        requests={WORKLOAD: [*distinct.values()][:MOST_REQUESTS]},
        left_out=tuple(f"{host} ({others.count(host)})" for host in dict.fromkeys(others)),
    )


def _lines(text: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each line its host, or '' where it is a path alone, and the request."""
    whole = text.replace("\\\n", " ")
    for number, line in enumerate(whole.splitlines(), 1):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        if said.startswith("curl "):
            yield _curl(said, f"{path}:{number}")
        elif said.startswith("/"):
            yield "", {"path": said}
        else:
            raise UsageError(
                f"{said[:80]!r} is neither a path nor a curl command", where=f"{path}:{number}", fix=_instead(said)
            )


def _instead(said: str) -> str:
    """How a line would be understood: an address as a curl command, anything else as a path."""
    if "://" in said:
        return f"write it as: curl {shlex.quote(said)}"
    return "a path begins with a slash: /items; what is more than a GET: curl -X POST -d ... ADDRESS"


def _curl(line: str, where: str) -> tuple[str, dict[str, Any]]:
    try:
        words = shlex.split(line)[1:]
    except ValueError as error:
        raise UsageError(f"this curl command is not whole: {error}", where=where, fix=WHOLE) from None
    found: dict[str, Any] = {"headers": {}}
    url = ""
    while words:
        word = words.pop(0)
        if word in _WITH_VALUE or word in _BODY:
            if not words:
                raise UsageError(f"{word} lacks its value", where=where, fix=WHOLE)
            _take(found, word, words.pop(0))
        elif not word.startswith("-"):
            url = word
        elif word not in _IGNORED:
            raise UsageError(f"the option {word} of curl is not known here", where=where, fix="leave it out")
    if not url:
        raise UsageError("this curl command names no address", where=where, fix=WHOLE)
    return _request(url, **found)


def _take(found: dict[str, Any], option: str, value: str) -> None:
    if option in _BODY:
        found["body"] = value
        found.setdefault("method", "POST")
        if option == "--json":
            found["headers"]["Content-Type"] = "application/json"
    elif _WITH_VALUE[option] == "method":
        found["method"] = value.upper()
    else:
        name, _, rest = value.partition(":")
        found["headers"][name.strip()] = rest.strip()


def _har(text: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The requests of a HAR with what was answered; those that change something are left to their owner to add."""
    try:
        for entry in json.loads(text)["log"]["entries"]:
            asked, answered = entry["request"], entry["response"]
            if asked["method"] in _SAFE and answered["status"]:
                kind = str(answered.get("content", {}).get("mimeType", "")).partition(";")[0]
                answer = {"status": answered["status"], **({"type": kind} if kind else {})}
                yield _request(asked["url"], method=asked["method"], answer=answer)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError("this is no HAR: log.entries is missing or damaged", where=str(path)) from None


def _request(url: str, **parts: Any) -> tuple[str, dict[str, Any]]:
    """The host of an address, and the request without what a client makes anew or what is a secret."""
    address = urlsplit(url if "://" in url else f"http://{url}")
    query = f"?{address.query}" if address.query else ""
    headers = {
        name: value for name, value in parts.pop("headers", {}).items() if name.lower() not in _OF_THE_CONNECTION
    }
    kept = {key: value for key, value in parts.items() if value not in ("GET", None)}
    return address.netloc, {
        "path": f"{address.path or '/'}{query}",
        **kept,
        **({"headers": headers} if headers else {}),
    }
