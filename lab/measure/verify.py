"""Is the right answer given? Asked of a stack before anything is measured, and of every answer under load."""

from dataclasses import dataclass
from hashlib import sha256

import requests

from lab.model import Request, Workload
from lab.ports import LOOPBACK

ANSWER_TIMEOUT_S = 20.0
"""Beside the handler's own sleep: a slow host computes /cpu-bound for ten."""
SHOWN = 80
"""Characters of an answer that are shown to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a stack answered to one workload, up to the first answer that is wrong, and what is wrong with it."""

    workload: str
    answers: tuple[str, ...]
    """One for each request of the workload."""
    complaint: str | None

    @property
    def ok(self) -> bool:
        """Whether the contract holds."""
        return self.complaint is None

    @property
    def shown(self) -> str:
        """The first answer for people, who do not want to read a file of 1 MB."""
        first = self.answers[0].strip() if self.answers else ""
        return first if len(first) <= SHOWN else f"{first[:SHOWN]}…"


def ask(port: int, workload: Workload, *, timeout_s: float | None = None) -> Verdict:
    """Send each request of a workload to a stack's published port and judge the answers.

    `timeout_s` is that of one request; by default it is long enough for a handler that sleeps as the workload says.
    """
    patience_s = ANSWER_TIMEOUT_S + workload.delay_s if timeout_s is None else timeout_s
    answers: list[str] = []
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the user's has no business between the lab and the loopback
        session.headers["Accept-Encoding"] = "identity"  # the load tools take no other
        session.headers.update(dict(workload.headers))
        for request in workload.requests:
            answer, complaint = _ask(session, port, workload, request, timeout_s=patience_s)
            answers.append(answer)
            if complaint is not None:
                where = f"{request.path}: " if len(workload.requests) > 1 else ""
                return Verdict(workload=workload.name, answers=tuple(answers), complaint=f"{where}{complaint}")
    return Verdict(workload=workload.name, answers=tuple(answers), complaint=None)


def _ask(
    session: requests.Session, port: int, workload: Workload, request: Request, *, timeout_s: float
) -> tuple[str, str | None]:
    """The body of the answer, and what is wrong with the answer."""
    url = f"http://{LOOPBACK}:{port}{request.path}"
    try:
        response = session.request(workload.method, url, timeout=timeout_s, allow_redirects=False)
    except requests.RequestException as error:
        return "", f"no answer: {type(error).__name__}"
    return response.content.decode("utf-8", "replace"), _complaint(response, workload, request)


def _complaint(response: requests.Response, workload: Workload, request: Request) -> str | None:
    if response.status_code != workload.status:
        return f"status {response.status_code} instead of {workload.status}"
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
    if content_type != workload.content_type:
        return f"content type {content_type or 'none'} instead of {workload.content_type}"
    if request.body is not None and not _says(response, workload, request):
        return f"body {response.text[:SHOWN]!r} instead of {request.body!r}"
    return _not_the_file(response.content, request)


def _says(response: requests.Response, workload: Workload, request: Request) -> bool:
    if workload.content_type != "application/json":
        return response.text == request.body
    try:
        return bool(response.json() == request.body)
    except requests.JSONDecodeError:
        return False


def _not_the_file(body: bytes, request: Request) -> str | None:
    if request.size_bytes is not None and len(body) != request.size_bytes:
        return f"{len(body)} bytes instead of {request.size_bytes}"
    if request.sha256 is not None and sha256(body).hexdigest() != request.sha256:
        return f"other bytes than those with sha256 {request.sha256[:12]}…"
    return None
