"""Signing in: workloads whose requests need somebody's token get those of their accounts."""

from dataclasses import replace

import requests

from lab.errors import Unhealthy
from lab.measure import verify
from lab.model import Workload

TIMEOUT_S = 20.0
"""Of one account. A password is slow to check on purpose."""


def signed_in(url: str, workload: Workload) -> Workload:
    """The workload with the tokens of its accounts; as it is where it needs none.

    The accounts take turns, so that one load generator is many clients to a rate limit. Raises Unhealthy.
    """
    if workload.sign_in is None:
        return workload
    with verify.loopback_session() as session:
        tokens = tuple(_token(session, url + workload.sign_in.path, body) for body in workload.sign_in.bodies)
    return replace(workload, tokens=tokens)


def first_account(workload: Workload) -> Workload:
    """The workload with the first of its accounts alone: one token is enough for one request."""
    if workload.sign_in is None:
        return workload
    return replace(workload, sign_in=replace(workload.sign_in, bodies=workload.sign_in.bodies[:1]))


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
