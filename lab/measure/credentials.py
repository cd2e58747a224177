"""Signing in to somebody's own project: a form, a JSON that gives a token, a cookie, or a fixed header.

A secret is `${NAME}` in what is sent. It is read here, at the moment of signing in, goes into the requests of a load,
and nowhere else.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import requests
from pydantic import JsonValue

from lab.errors import Unhealthy, UsageError, meant
from lab.measure.verify import loopback_session
from lab.model import Credentials, Workload

TIMEOUT_S = 20.0
"""Of one request. A password is slow to check on purpose."""
_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LINE = re.compile(r"(?:export +)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f]")


def require(workloads: Iterable[Workload]) -> None:
    """Raise UsageError that names every secret which is needed to sign in and is not there."""
    wanted = [workload.sign_in for workload in workloads if isinstance(workload.sign_in, Credentials)]
    for asked in wanted:
        known = _known(asked.secrets)
        sent = (asked.form, asked.json, dict(asked.headers))
        if missing := sorted({name for part in sent for name in _names(part)} - known.keys()):
            file = (
                f"add it to {asked.secrets}"
                if asked.secrets
                else "name a file of NAME=VALUE lines under sign_in: secrets"
            )
            raise UsageError(
                f"there is no value for {', '.join(missing)}, which signing in needs{meant(missing[0], known)}",
                where="sign_in of lab.yaml",
                fix=f"export {missing[0]}=…, or {file}",
            )


def headers(url: str, asked: Credentials) -> tuple[tuple[str, str], ...]:
    """The headers that the requests of a load get, once somebody has signed in. Raises Unhealthy, UsageError."""
    known = _known(asked.secrets)
    found = [(name, _filled(value, known)) for name, value in asked.headers]
    if asked.path is not None:
        found.append(_signed_in(url, asked, known))
    if wrong := next((name for name, value in found if _FORBIDDEN.search(value)), None):
        raise UsageError(f"the header {wrong} would have a line break or another control character in it")
    return tuple(found)


def _signed_in(url: str, asked: Credentials, known: Mapping[str, str]) -> tuple[str, str]:
    """The header that says who it is: with a token, or with the cookies that were set."""
    where = f"{url}{asked.path}"
    try:
        with loopback_session() as session:
            sent = _sent(session, where, asked, known)
            before = dict(session.cookies)
            response = session.post(where, timeout=TIMEOUT_S, allow_redirects=False, **sent)
            if response.status_code >= requests.codes.bad_request:
                raise Unhealthy(f"nobody can sign in: status {response.status_code}", where=where)
            return _token(response, asked) if asked.token else _cookies(dict(session.cookies), before)
    except requests.RequestException as error:
        raise Unhealthy(f"nobody can sign in: {type(error).__name__}", where=where) from None
    except ValueError as error:
        raise Unhealthy(f"nobody can sign in: {error}", where=where) from None


def _sent(session: requests.Session, where: str, asked: Credentials, known: Mapping[str, str]) -> dict[str, Any]:
    """What is posted; a form with the hidden fields of its page, among which is what proves where it came from."""
    if asked.form is None:
        return {"json": _filled_json(asked.json, known)}
    page = session.get(where, timeout=TIMEOUT_S)
    fields = {**hidden_fields(page.text), **{name: _filled(value, known) for name, value in asked.form.items()}}
    return {"data": fields, "headers": {"Referer": where}}


def _token(response: requests.Response, asked: Credentials) -> tuple[str, str]:
    value = response.json()
    for key in (asked.token or "").split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, str | int):
        raise ValueError(f"an answer without {asked.token}")  # noqa: TRY004 - the answer's value is wrong
    name, _, text = asked.header.partition(": ")
    return name, text.replace("{token}", str(value))


def _cookies(after: Mapping[str, str | None], before: Mapping[str, str | None]) -> tuple[str, str]:
    if after == before:
        raise ValueError("an answer that sets no cookie")
    return "Cookie", "; ".join(f"{name}={value}" for name, value in after.items())


class _Hidden(HTMLParser):
    """Collects the hidden fields of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "input" and (said.get("type") or "").lower() == "hidden" and said.get("name"):
            self.fields[str(said["name"])] = said.get("value") or ""


def hidden_fields(page: str) -> dict[str, str]:
    """Name → value of the hidden fields of an HTML page; where two are called alike, the last."""
    parser = _Hidden()
    parser.feed(page)
    return parser.fields


def _known(path: Path | None) -> dict[str, str]:
    """The secrets that are there. Raises UsageError for a file that cannot be read."""
    if path is None:
        return dict(os.environ)
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            "the file of secrets cannot be read", where=str(path), fix="a text file of NAME=VALUE lines"
        ) from None
    found = [match for line in lines if (match := _LINE.fullmatch(line.strip()))]
    return {match[1]: match[2].strip().strip("'\"") for match in found} | dict(os.environ)


def _names(value: JsonValue | Mapping[str, str]) -> Iterator[str]:
    if isinstance(value, str):
        yield from _NAME.findall(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)


def _filled(text: str, known: Mapping[str, str]) -> str:
    return _NAME.sub(lambda found: known.get(found[1], ""), text)


def _filled_json(value: JsonValue, known: Mapping[str, str]) -> JsonValue:
    if isinstance(value, str):
        return _filled(value, known)
    if isinstance(value, dict):
        return {key: _filled_json(inner, known) for key, inner in value.items()}
    return [_filled_json(inner, known) for inner in value] if isinstance(value, list) else value
