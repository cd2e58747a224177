"""Somebody who was not there before: signs in and asks for himself. While that fails, a service has not recovered."""

from http import HTTPStatus

import requests

from lab.faults.mix import LOGIN, credentials
from lab.measure import verify

FIRST = 2002
"""Nobody of the mix, no admin. Each try is another user's: sign-ins at one address are limited."""
EACH = 10
ANSWER_WITHIN_S = 5.0


class Visitor:
    """Tries again and again, as somebody else each time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._tries = 0

    def succeeds(self) -> bool:
        """Whether a sign-in works now, and a request with its token."""
        user = FIRST + EACH * self._tries
        self._tries += 1
        try:
            with verify.loopback_session() as session:
                return self._visit(session, user)
        except (requests.RequestException, KeyError):
            return False

    def _visit(self, session: requests.Session, user: int) -> bool:
        json = {"Content-Type": verify.JSON}
        answer = session.post(self._url + LOGIN, data=credentials(user), headers=json, timeout=ANSWER_WITHIN_S)
        if answer.status_code != HTTPStatus.OK:
            return False
        token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        own = session.get(f"{self._url}/api/v1/users/{user}", headers=token, timeout=ANSWER_WITHIN_S)
        return own.status_code == HTTPStatus.OK
