"""Is the right answer given? Asked of a stack before anything is measured, and of every answer under load."""

from dataclasses import dataclass
from typing import Literal

import requests

from lab.model import Workload
from lab.ports import LOOPBACK

ANSWER_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a stack answered to one workload: the bytes if they are right, else what is wrong with them."""

    workload: str
    answer: str
    complaint: str | None

    @property
    def ok(self) -> bool:
        """Whether the contract holds."""
        return self.complaint is None


def ask(port: int, workload: Workload, *, timeout_s: float = ANSWER_TIMEOUT_S) -> Verdict:
    """Send one request to a stack's published port and judge the answer."""
    try:
        with requests.Session() as session:
            session.trust_env = False  # a proxy of the user's has no business between the lab and the loopback
            url = f"http://{LOOPBACK}:{port}{workload.path}"
            response = session.request(workload.method, url, timeout=timeout_s, allow_redirects=False)
    except requests.RequestException as error:
        return Verdict(workload=workload.name, answer="", complaint=f"no answer: {type(error).__name__}")
    return Verdict(workload=workload.name, answer=response.text, complaint=_complaint(response, workload))


def _complaint(response: requests.Response, workload: Workload) -> str | None:
    if response.status_code != workload.status:
        return f"status {response.status_code} instead of {workload.status}"
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
    if content_type != workload.content_type:
        return f"content type {content_type or 'none'} instead of {workload.content_type}"
    if workload.body is not None and not _says(response, workload):
        return f"body {response.text[:80]!r} instead of {workload.body!r}"
    return None


def _says(response: requests.Response, workload: Workload) -> bool:
    if workload.content_type != "application/json":
        return response.text == workload.body
    try:
        return bool(response.json() == workload.body)
    except requests.JSONDecodeError:
        return False


def match_under_load(workload: Workload) -> Literal["exact", "any"]:
    """How the load tool compares bodies: to the bytes that were verified, where the contract fixes them."""
    return "any" if workload.body is None else "exact"
