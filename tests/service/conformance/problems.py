"""Problem documents as the bytes that every stack must answer, built from stacks/service/problems.json."""

import json
import re
from collections.abc import Iterable

import requests

from tests.service.stacks import CATALOG

PROBLEMS = json.loads((CATALOG.root / "stacks/service/problems.json").read_text("utf-8"))
REQUEST_ID = re.compile("[A-Za-z0-9._-]{1,64}")

FieldError = tuple[str, str, str]
"""Where, at, code."""


def compact(value: object) -> bytes:
    """JSON as the service writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def body(slug: str, errors: Iterable[FieldError] = ()) -> bytes:
    """The bytes of a problem document."""
    texts = PROBLEMS[slug]
    document = {
        "type": f"urn:lab:problem:{slug}",
        "title": texts["title"],
        "status": texts["status"],
        "detail": texts["detail"],
    }
    listed = [{"in": where, "at": at, "code": code} for where, at, code in errors]
    return compact({**document, "errors": listed} if listed else document)


def refused(answer: requests.Response, slug: str, *errors: FieldError) -> None:
    """Assert that an answer is this problem: status, bytes and headers."""
    told = f"{answer.request.method} {answer.request.path_url}: {answer.status_code} {answer.content[:400]!r}"
    assert (answer.status_code, answer.content) == (PROBLEMS[slug]["status"], body(slug, errors)), told
    assert answer.headers["Content-Type"] == "application/problem+json", told
    assert REQUEST_ID.fullmatch(answer.headers["X-Request-Id"]), told
    assert answer.headers.get("WWW-Authenticate") == ("Bearer" if answer.status_code == 401 else None), told
    if str(answer.request.path_url).startswith("/api/v1/"):
        assert answer.headers["Cache-Control"] == "no-store", told
