"""Right answers learned by asking twice: what both answers to a request have in common.

The second time comes in another second of the clock, so that a date in an answer is seen to change.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from lab.measure import signing, verify
from lab.measure.verify import ANSWER_TIMEOUT_S, Answered
from lab.model import Request, Workload

LONGEST_BODY_BYTES = 2000
"""That is written down; of a longer one, its length."""
MOST_KEYS = 12
APART_S = 1.1
SERVER_ERROR = 500
"""From there on no answer is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneAnswer:
    """One answer, as far as anybody compares it; `status` is 0 where there was none."""

    status: int = 0
    content_type: str = ""
    body: bytes = b""
    json: Any = None
    keys: tuple[str, ...] = ()
    why: str = ""
    """Why there was no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What is right for one request, in the keys of an `answer` of `lab.yaml`; None where nothing can be learned."""

    workload: str
    place: int
    request: Request
    answer: Mapping[str, Any] | None
    words: str
    """What stayed and what did not, for people."""


def could_be_right(answered: Answered) -> bool:
    """Whether an answer that is not as it is described may be the right one all the same: nobody learns an error."""
    return not answered.ok and 0 < answered.status < SERVER_ERROR and not answered.by_script


def learn(url: str, workloads: Iterable[Workload]) -> list[Learned]:
    """Ask each request of the workloads that the lab checks twice. Raises Unhealthy if nobody can sign in."""
    asked = [signing.signed_in(url, workload) for workload in workloads if workload.script is None]
    first = [_all(url, workload) for workload in asked]
    time.sleep(APART_S)
    second = [_all(url, workload) for workload in asked]
    return [
        _learned(workload.name, place, workload.requests[place], *seen)
        for workload, once, again in zip(asked, first, second, strict=True)
        for place, seen in enumerate(zip(once, again, strict=True))
    ]


def _all(url: str, workload: Workload) -> list[OneAnswer]:
    with verify.loopback_session() as session:
        found = []
        for number, request in enumerate(workload.requests):
            verify.in_turn(session, workload, number)
            found.append(_seen(session, url, request))
    return found


def _seen(session: requests.Session, url: str, request: Request) -> OneAnswer:
    try:
        response = verify.send(session, url, request, timeout_s=ANSWER_TIMEOUT_S)
    except requests.RequestException as error:
        return OneAnswer(why=type(error).__name__)
    kind = verify.type_of(response)
    try:
        value = response.json() if "json" in kind else None
    except requests.JSONDecodeError:
        value = None
    return OneAnswer(
        status=response.status_code,
        content_type=kind,
        body=response.content,
        json=value,
        keys=tuple(verify.keys_of(response)) if value is not None else (),
    )


def _learned(workload: str, place: int, request: Request, first: OneAnswer, second: OneAnswer) -> Learned:
    answer, words = in_common(first, second)
    return Learned(workload=workload, place=place, request=request, answer=answer, words=words)


def in_common(first: OneAnswer, second: OneAnswer) -> tuple[Mapping[str, Any] | None, str]:
    """What two answers to one request share, as the keys of an `answer`, and the same in words."""
    for seen in (first, second):
        if not seen.status:
            return None, f"no answer: {seen.why}"
        if seen.status >= SERVER_ERROR:
            return None, f"status {seen.status}, which is never right"
    stays, words = _body(first, second)
    same_type = first.content_type == second.content_type
    if first.status != second.status and not same_type and not stays:
        return None, f"differs in everything: status {first.status} and {second.status}, content type and body"
    statuses = list(dict.fromkeys([first.status, second.status]))
    typed = {"type": first.content_type} if same_type and first.content_type else {}
    answer = {"status": statuses if len(statuses) > 1 else statuses[0], **typed, **stays}
    if not same_type:
        words = f"{words}; its content type differs"
    return answer, words


def _body(first: OneAnswer, second: OneAnswer) -> tuple[Mapping[str, Any], str]:
    """What stays of the body: all of it, keys of its JSON, its length, or nothing."""
    size = len(first.body)
    if first.body == second.body:
        written = _written(first)
        if written is not None:
            return {"body": written}, "the same body twice"
        return {"bytes": size}, f"the same body twice, {size} bytes: its length is checked"
    if keys := [key for key in first.keys if key in second.keys][:MOST_KEYS]:
        return {"keys": keys}, "the body differs; keys of its JSON stay"
    if size == len(second.body):
        return {"bytes": size}, "the body differs; its length stays"
    return {}, "nothing of the body stays"


def _written(seen: OneAnswer) -> Any:
    """A body that can be written into a YAML file: a JSON value, or a short text; else None."""
    if not 0 < len(seen.body) <= LONGEST_BODY_BYTES:
        return None
    if seen.content_type == verify.JSON:
        return seen.json
    try:
        text = seen.body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isascii() and all(letter.isprintable() or letter in "\n\t" for letter in text) else None


def summary(learned: Sequence[Learned]) -> list[str]:
    """The requests of which nothing could be learned, each with why."""
    return [f"{one.request.method} {one.request.path}: {one.words}" for one in learned if one.answer is None]
