"""Is the right answer given? Asked of a stack before anything is measured, and of every answer under load."""

import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256

import requests
import urllib3

from lab.model import UNIQUE, Request, Workload

ANSWER_TIMEOUT_S = 20.0
"""Beside the handler's own sleep: a slow host computes /cpu-bound for ten."""
JSON = "application/json"
BY_SCRIPT = "it is up; answers are checked by the script, not by the lab"
SHOWN = 80
"""Characters of an answer that are shown to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a stack answered to one workload, up to the first answer that is wrong, and what is wrong with it."""

    workload: str
    answers: tuple[str, ...]
    """One for each request of the workload."""
    complaint: str | None
    status: int = 0
    """Of the last answer; 0 where there was none."""
    took_s: float = 0.0
    """From the last request to its answer."""
    by_script: bool = False
    """Whether it is a script that asks under load, and judges what it gets; here the stack was seen to be alive."""

    @property
    def ok(self) -> bool:
        """Whether the contract holds."""
        return self.complaint is None

    @property
    def shown(self) -> str:
        """The first answer for people, who do not want to read a file of 1 MB."""
        if self.by_script:
            return BY_SCRIPT
        first = self.answers[0].strip() if self.answers else ""
        return first if len(first) <= SHOWN else f"{first[:SHOWN]}…"


def ask(url: str, workload: Workload, *, timeout_s: float | None = None, for_load: bool = False) -> Answered:
    """Send each request of a workload to where a stack is published and judge the answers.

    `timeout_s` is that of one request; by default it is long enough for a handler that sleeps as the workload says.
    `for_load`: an answer that is right, and that a load tool would count as an error, is not.
    """
    patience_s = patience_of(workload) if timeout_s is None else timeout_s
    answers: list[str] = []
    status = 0
    with loopback_session() as session:
        for number, request in enumerate(workload.requests):
            in_turn(session, workload, number)
            began = time.monotonic()
            answer, status, complaint = _ask(session, url, request, timeout_s=patience_s, for_load=for_load)
            answers.append(answer)
            if complaint is not None:
                where = f"{request.path}: " if len(workload.requests) > 1 else ""
                complaint = f"{where}{complaint}"
                return Answered(
                    workload=workload.name,
                    answers=tuple(answers),
                    complaint=complaint,
                    status=status,
                    took_s=time.monotonic() - began,
                )
    scripted = workload.script is not None
    return Answered(workload=workload.name, answers=tuple(answers), complaint=None, status=status, by_script=scripted)


def patience_of(workload: Workload) -> float:
    """How long an answer is waited for (s) where nothing else is said."""
    return ANSWER_TIMEOUT_S + workload.delay_s


def loopback_session() -> requests.Session:
    """A client for stacks on the loopback: no proxy of the user's between, no question who signed a certificate."""
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    session = requests.Session()
    session.trust_env = False
    session.verify = False
    session.headers["Accept-Encoding"] = "identity"  # the load tools take no other
    return session


def _token(workload: Workload, number: int) -> dict[str, str]:
    """The tokens take turns, as under load."""
    tokens = workload.tokens
    return {"Authorization": f"Bearer {tokens[number % len(tokens)]}"} if tokens else {}


def _ask(
    session: requests.Session, url: str, request: Request, *, timeout_s: float, for_load: bool
) -> tuple[str, int, str | None]:
    """The body of the answer, its status, and what is wrong with the answer."""
    try:
        response = send(session, url, request, timeout_s=timeout_s)
    except requests.Timeout:
        return "", 0, f"no answer within {timeout_s:g} s"
    except requests.RequestException as error:
        return "", 0, f"no answer: {type(error).__name__}"
    complaint = _complaint(response, request)
    if complaint is None and for_load:
        complaint = _without_length(response)
    return response.content.decode("utf-8", "replace"), response.status_code, complaint


def send(session: requests.Session, url: str, request: Request, *, timeout_s: float) -> requests.Response:
    """Send one request, its unique text filled in, and return the answer as it is. Raises RequestException."""
    unique = secrets.token_hex(12)
    return session.request(
        request.method,
        url + request.path.replace(UNIQUE, unique),
        headers={name: value.replace(UNIQUE, unique) for name, value in request.headers},
        data=(request.sent or "").replace(UNIQUE, unique).encode(),
        timeout=timeout_s,
        allow_redirects=False,
    )


def in_turn(session: requests.Session, workload: Workload, number: int) -> None:
    """Let the session send the token whose turn it is at the request of that number."""
    session.headers.update(_token(workload, number))


def _complaint(response: requests.Response, request: Request) -> str | None:
    if response.status_code not in request.statuses:
        return f"status {response.status_code} instead of {_listed(request.statuses)}"
    content_type = type_of(response)
    if request.content_type is not None and content_type != request.content_type:
        return f"content type {content_type or 'none'} instead of {request.content_type}"
    if request.body is not None and not _says(response, request):
        return f"body {response.text[:SHOWN]!r} instead of {request.body!r}"
    if missing := [key for key in request.keys if key not in keys_of(response)]:
        return f"JSON without {', '.join(missing)}"
    return _not_the_file(response.content, request)


def _listed(statuses: Sequence[int]) -> str:
    """`200 or 409`; those that follow each other without a gap by the first and the last of them."""
    runs: list[list[int]] = []
    for status in statuses:
        if runs and status == runs[-1][-1] + 1:
            runs[-1].append(status)
        else:
            runs.append([status])
    return " or ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _without_length(response: requests.Response) -> str | None:
    """What is wrong with a body that ends with its connection: RFC 9112 (6.3) allows it, wrk counts it as an error."""
    if not response.content or "Content-Length" in response.headers or "Transfer-Encoding" in response.headers:
        return None
    return "the answer has no Content-Length and ends with its connection: wrk counts each one as a failed read"


def type_of(response: requests.Response) -> str:
    """The content type of an answer, without its parameters; empty where it has none."""
    return response.headers.get("Content-Type", "").partition(";")[0].strip()


def keys_of(response: requests.Response) -> Collection[str]:
    """The keys of an answer's JSON; of a list of values, those of the first."""
    try:
        value = response.json()
    except requests.JSONDecodeError:
        return ()
    first = value[0] if isinstance(value, list) and value else value
    return first.keys() if isinstance(first, dict) else ()


def _says(response: requests.Response, request: Request) -> bool:
    if isinstance(request.body, str) and request.content_type != JSON:
        return response.text == request.body
    try:
        return bool(response.json() == request.body)
    except requests.JSONDecodeError:
        return False


def _not_the_file(body: bytes, request: Request) -> str | None:
    if request.size_bytes is not None and len(body) != request.size_bytes:
        return f"{len(body)} bytes instead of {request.size_bytes}"
    if request.sha256 is not None and sha256(body).hexdigest() != request.sha256:
        return f"bytes whose sha256 is not {request.sha256[:12]}…"
    return None
