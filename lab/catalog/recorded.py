"""What people have of requests → the `requests` of a `lab.yaml`, or its `scripts`.

Read are paths, curl commands, a HAR that a browser saved, and an OpenAPI document. A script of wrk or Locust is named.
Only what goes to the application itself is taken, which is the first host that is named: others are told and left out,
because load goes to the stack alone.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

from lab.catalog import openapi_requests
from lab.errors import UsageError

MOST_MIB = 100
MOST_YAML_MIB = 10
"""Of a YAML file, which takes a hundred times as long to read as JSON."""
MOST_REQUESTS = 200
"""Of a workload: more than that no report can tell apart."""
WORKLOAD = "recorded"
SCRIPT = "script"
"""The workload that a script becomes."""
SCRIPTS = (".lua", ".py")
KINDS = "a file of paths or curl commands, a HAR, an OpenAPI file, a wrk script (.lua) or a locustfile (.py)"
WHOLE = "curl [-X METHOD] [-H 'NAME: VALUE'] [-d BODY] ADDRESS, on one line or with \\ at the ends of lines"
_IS_YAML = re.compile(r"^['\"]?(?:openapi|swagger)['\"]?:", re.MULTILINE)
_SAFE = ("GET", "HEAD")
_CHANGING = ("POST", "PUT", "PATCH", "DELETE")
_SAFE_IN_PATH = "/:@!$&'()*+,;=~-._%?{}"
_OF_THE_CONNECTION = frozenset({"host", "connection", "content-length", "accept-encoding"})
"""Headers that a client makes anew."""
_SECRET = frozenset({"cookie", "authorization", "proxy-authorization"})
_LIKE_A_SECRET = re.compile(
    r"(?<!page)(?<!page_)(?<!next_)token(?!s)|secret|passw|^pass$|pwd|api.?key|access.?key|[-_]key$|^key$|auth(?!or)"
    r"|credential|sess|^sid$|signature|^sig$|^code$|otp|jwt",
    re.IGNORECASE,
)
"""How parameters and headers are called whose values are nobody's business."""
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
class _Asked:
    """One request as it was found."""

    host: str
    """Empty where a path stands alone."""
    request: dict[str, Any]
    secrets: tuple[str, ...] = ()
    """The headers and the parameters of the query that hold one, which are not taken."""
    changes: bool = False
    """Whether a browser was seen to send it, and it changes something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What was read, and what was not taken."""

    requests: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    script: Path | None = None
    left_out: tuple[str, ...] = ()
    """In words: hosts with how many requests to each, operations, requests beyond the most."""


def read(path: Path) -> Recorded:
    """Read a file of requests, or name a script. Raises UsageError with the line that cannot be understood."""
    if not path.is_file():
        raise UsageError(f"{path} is not there", where="--requests", fix=f"name {KINDS}")
    _require_small(path, MOST_MIB)
    if path.suffix in SCRIPTS:
        return Recorded(script=_script(path))
    text = path.read_text("utf-8", "replace")
    taken, left_out = _taken(text, path)
    if not taken:
        raise UsageError(
            "there is no request in it", where=str(path), fix="; ".join(left_out) or "one path or curl command a line"
        )
    distinct = [*{json.dumps(request, sort_keys=True): request for request in taken}.values()]
    if len(distinct) > MOST_REQUESTS:
        left_out.append(f"{len(distinct) - MOST_REQUESTS} requests beyond the first {MOST_REQUESTS}")
    return Recorded(requests={WORKLOAD: distinct[:MOST_REQUESTS]}, left_out=tuple(left_out))


def _taken(text: str, path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The requests that go to the application, and what is left out."""
    if _IS_YAML.search(text):
        return openapi_requests.read(_yaml(path))
    if not text.lstrip().startswith("{"):
        return _of_one_host(list(_lines(text, path)))
    document = _json(text, path)
    if openapi_requests.is_openapi(document):
        return openapi_requests.read(document)
    return _of_one_host(list(_har(document, path)))


def _of_one_host(found: Sequence[_Asked]) -> tuple[list[dict[str, Any]], list[str]]:
    own = next((asked.host for asked in found if asked.host and not asked.changes), "")
    others = [asked.host for asked in found if asked.host not in ("", own)]
    taken = [asked for asked in found if asked.host in ("", own)]
    left_out = [
        f"requests to {host} ({others.count(host)}); load goes to the stack alone" for host in dict.fromkeys(others)
    ]
    changing = dict.fromkeys(_named(asked) for asked in taken if asked.changes)
    left_out += [f"{name}: it changes something; add it under `requests` if it may come often" for name in changing]
    secret = dict.fromkeys(_told(asked) for asked in taken if asked.secrets and not asked.changes)
    left_out += [f"{told}: who signs in says so under `sign_in`" for told in secret]
    return [asked.request for asked in taken if not asked.changes], left_out


def _told(asked: _Asked) -> str:
    """Which headers and parameters of which request hold a secret."""
    return f"{', '.join(asked.secrets)} of {_named(asked)}"


def _named(asked: _Asked) -> str:
    return f"{asked.request.get('method', 'GET')} {asked.request['path']}"


def _script(path: Path) -> Path:
    if path.suffix == ".py" and "locust" not in path.read_text("utf-8", "replace"):
        raise UsageError(
            "this Python file is no locustfile: it does not speak of locust", where=str(path), fix=f"name {KINDS}"
        )
    return path.resolve()


def _yaml(path: Path) -> Mapping[str, Any]:
    """An OpenAPI document. It may be anybody's, so nothing walks through all of it: aliases can make it endless."""
    _require_small(path, MOST_YAML_MIB)
    try:
        document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"this is no OpenAPI document: {str(error)[:300]}", where=str(path)) from None
    if not openapi_requests.is_openapi(document):
        raise UsageError("this is no OpenAPI document: it has no paths", where=str(path))
    found: Mapping[str, Any] = document
    return found


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError("this is no HAR and no OpenAPI document: its JSON is damaged", where=str(path)) from None


def _require_small(path: Path, most_mib: int) -> None:
    if (mib := path.stat().st_size / 2**20) > most_mib:
        raise UsageError(
            f"{path} holds {mib:,.0f} MiB, of which at most {most_mib} are read",
            where="--requests",
            fix="save a shorter visit, or remove the bodies from it",
        )


def _lines(text: str, path: Path) -> Iterator[_Asked]:
    whole = text.replace("\\\n", " ")
    for number, line in enumerate(whole.splitlines(), 1):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        if said.startswith("curl "):
            yield _curl(said, f"{path}:{number}")
        elif said.startswith("/"):
            bare, _, query = said.partition("?")
            yield _asked("", bare, query)
        else:
            raise UsageError(
                f"{said[:80]!r} is neither a path nor a curl command", where=f"{path}:{number}", fix=_instead(said)
            )


def _instead(said: str) -> str:
    """How a line would be understood: an address as a curl command, anything else as a path."""
    if "://" in said:
        return f"write it as: curl {shlex.quote(said)}"
    return "a path begins with a slash: /items; what is more than a GET: curl -X POST -d ... ADDRESS"


def _curl(line: str, where: str) -> _Asked:
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


def _har(document: Any, path: Path) -> Iterator[_Asked]:
    """The requests of a HAR with what was answered; those that change something are left to their owner to add."""
    try:
        for entry in document["log"]["entries"]:
            asked, answered = entry["request"], entry["response"]
            if asked["method"] in _CHANGING:
                yield replace(_request(asked["url"], method=asked["method"]), changes=True)
            elif asked["method"] in _SAFE and answered["status"]:
                kind = str(answered.get("content", {}).get("mimeType", "")).partition(";")[0]
                answer = {"status": answered["status"], **({"type": kind} if kind else {})}
                yield _request(asked["url"], method=asked["method"], answer=answer)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError("this is no HAR: log.entries is missing or damaged", where=str(path)) from None


def _request(url: str, **parts: Any) -> _Asked:
    address = urlsplit(url if "://" in url else f"http://{url}")
    return _asked(address.netloc, address.path or "/", address.query, **parts)


def _asked(host: str, path: str, query: str, **parts: Any) -> _Asked:
    """A request without what a client makes anew or what is a secret."""
    said = [(part.partition("=")[0], part) for part in query.split("&")] if query else []
    kept_query = "&".join(part for name, part in said if not _is_secret(name))
    given = parts.pop("headers", {})
    headers = {
        name: value for name, value in given.items() if name.lower() not in _OF_THE_CONNECTION and not _is_secret(name)
    }
    kept = {key: value for key, value in parts.items() if value not in ("GET", None)}
    request = {
        "path": quote(f"{path}?{kept_query}" if kept_query else path, safe=_SAFE_IN_PATH),
        **kept,
        **({"headers": headers} if headers else {}),
    }
    return _Asked(host=host, request=request, secrets=tuple(name for name in (*given, *dict(said)) if _is_secret(name)))


def _is_secret(name: str) -> bool:
    """Whether a header or a parameter is called like something that is nobody's business."""
    return name.lower() in _SECRET or bool(_LIKE_A_SECRET.search(name))
