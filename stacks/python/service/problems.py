"""Problem documents (RFC 9457): the same bytes for the same mistake, whoever answers."""

import json
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import orjson

from service.settings import CONTRACT

PROBLEM_JSON = "application/problem+json"


class FieldError(NamedTuple):
    """One mistake: in `header`, `query` or `body`, at this name or JSON pointer; `code` is of the contract's list."""

    where: str
    at: str
    code: str


class Problem(Exception):
    """The answer to a request that failed a check, as a document of stacks/service/problems.json."""

    def __init__(
        self, slug: str, *, errors: Iterable[FieldError] = (), headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        super().__init__(slug)
        self.slug = slug
        self.errors = sorted(errors)
        self.status, self._document = _documents()[slug]
        self.headers = list(headers)
        if self.status == 401:  # noqa: PLR2004
            self.headers.append(("WWW-Authenticate", "Bearer"))  # RFC 9110 wants it on each 401

    def body(self) -> bytes:
        """The document as it goes out."""
        if not self.errors:
            return self._document
        errors = [{"in": error.where, "at": error.at, "code": error.code} for error in self.errors]
        return self._document[:-1] + b',"errors":' + orjson.dumps(errors) + b"}"


@cache
def _documents() -> dict[str, tuple[int, bytes]]:
    """Status and bytes of each problem, by its slug."""
    texts = json.loads((CONTRACT / "problems.json").read_text(encoding="utf-8"))
    return {slug: (text["status"], _document(slug, text)) for slug, text in texts.items()}


def _document(slug: str, text: dict[str, str | int]) -> bytes:
    return orjson.dumps(
        {
            "type": f"urn:lab:problem:{slug}",
            "title": text["title"],
            "status": text["status"],
            "detail": text["detail"],
        }
    )
