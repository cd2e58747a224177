"""Signing in: workloads whose requests need somebody's token get those of their accounts."""

from dataclasses import replace

import requests

from lab.errors import Unhealthy
from lab.measure import credentials, verify
from lab.measure.verify import Answered
from lab.model import Credentials, Request, SignIn, Workload

TIMEOUT_S = credentials.TIMEOUT_S
BEARER = "Bearer "


def check(url: str, workload: Workload) -> Answered:
    """The verdict on each request of a workload, asked by its accounts as a load would. Raises as `signed_in` does."""
    return verify.ask(url, signed_in(url, workload), for_load=True)


def signed_in(url: str, workload: Workload) -> Workload:
    """The workload with the tokens of its accounts, or the headers of who has signed in; as it is where it needs none.

    The accounts take turns, so that one load generator is many clients to a rate limit. Raises Unhealthy, and
    UsageError for a secret that is not there.
    """
    if workload.sign_in is None:
        return workload
    if isinstance(workload.sign_in, Credentials):
        credentials.require([workload])
        return _with_headers(workload, credentials.headers(url, workload.sign_in))
    with verify.loopback_session() as session:
        tokens = tuple(_token(session, url + workload.sign_in.path, body) for body in workload.sign_in.bodies)
    return replace(workload, tokens=tokens)


def first_account(workload: Workload) -> Workload:
    """The workload with the first of its accounts alone: one token is enough for one request."""
    if not isinstance(workload.sign_in, SignIn):
        return workload
    return replace(workload, sign_in=replace(workload.sign_in, bodies=workload.sign_in.bodies[:1]))


def _with_headers(workload: Workload, added: tuple[tuple[str, str], ...]) -> Workload:
    """A bearer's token once for all requests, whose text is limited; every other header in each that lacks it."""
    tokens = tuple(value.removeprefix(BEARER) for name, value in added if _is_bearer(name, value))
    others = tuple(one for one in added if not _is_bearer(*one))
    asked = tuple(_completed(request, others) for request in workload.requests)
    return replace(workload, requests=asked, tokens=tokens or workload.tokens)


def _is_bearer(name: str, value: str) -> bool:
    return name.lower() == "authorization" and value.startswith(BEARER)


def _completed(request: Request, added: tuple[tuple[str, str], ...]) -> Request:
    own = {name.lower() for name, _ in request.headers}
    return replace(request, headers=(*request.headers, *(one for one in added if one[0].lower() not in own)))


def _token(session: requests.Session, url: str, body: str) -> str:
    try:
        response = session.post(url, data=body, headers={"Content-Type": verify.JSON}, timeout=TIMEOUT_S)
        if response.ok:
            return str(response.json()["access_token"])
        why = f"status {response.status_code}"
    except requests.RequestException as error:
        why = type(error).__name__
    except (KeyError, TypeError):
        why = "an answer without an access_token"
    raise Unhealthy(f"nobody can sign in: {why}", where=url)
