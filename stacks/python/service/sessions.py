"""Signing in, staying signed in and signing out."""

import hashlib
import secrets
import string
import time

from service import accounts, answers
from service.problems import Problem
from service.settings import Settings
from service.steps import TIMEOUT_S, Load, Redis, Steps, Unreachable, script
from service.tokens import Claims, Refresh, Tokens

_SID_BYTES = 16
MOST_OF_A_USER = 1000  # sessions; then his oldest ends
ATTEMPTS_PER_S, ATTEMPTS_AT_ONCE = 10, 100  # at one address, whoever makes them and from wherever
ANSWER_S = 0.5  # of the time that Redis has, for its answer to come back and to be read
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # the letter case that addresses do not have


class Sessions:
    """The sessions in Redis, `session:<sid>`, and `account:<id>`, the roles of those who are signed in."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self._settings = settings
        self._tokens = tokens

    def attempt(self, email: str) -> Steps[None]:
        """Takes a token from the bucket of an address; raises the problem `rate-limited` where too many try it."""
        if not self._settings.limit:
            return
        account = hashlib.sha256(email.translate(_LOWER).encode()).hexdigest()
        ask = ("EVALSHA", script("token_bucket"), 1, f"bucket:login:{account}", ATTEMPTS_PER_S, ATTEMPTS_AT_ONCE)
        ((taken, _, until_one_ms, _),) = yield Redis((ask,))
        if not taken:
            raise Problem("rate-limited", headers=[("Retry-After", str(max(1, -(-until_one_ms // 1000))))])

    def start(self, user_id: int, role: str) -> Steps[bytes]:
        """A new session's tokens, as the answer; raises the problem of one who is being deleted at this moment."""
        sid = secrets.token_urlsafe(_SID_BYTES)
        arguments = (user_id, role, sid, self._settings.refresh_ttl_s, MOST_OF_A_USER)
        (began,) = yield Redis((("EVALSHA", script("start_session"), 3, *_keys(user_id, sid), *arguments),))
        if not began:
            raise Problem("invalid-credentials")
        return self._answer(user_id, role, Refresh(sid, 1))

    def rotate(self, refresh_token: str) -> Steps[bytes]:
        """The next tokens of a session. Yields Load((user_id,)), to be answered with the role, None of nobody."""
        token = self._tokens.refresh(refresh_token)
        user, clock = yield Redis((("HGET", f"session:{token.sid}", "user"), ("TIME",)))
        told_s = time.monotonic()
        # Postgres before the exchange: if it does not answer, the token that was sent is still good.
        role = (yield Load((int(user),))) if user else None
        if role is None:
            raise Problem("invalid-token")
        left_us = int((time.monotonic() - told_s + TIMEOUT_S - ANSWER_S) * 1e6)
        until_us = int(clock[0]) * 1_000_000 + int(clock[1]) + left_us
        arguments = (int(user), role, token.sid, token.number, self._settings.refresh_ttl_s, until_us)
        exchange = ("EVALSHA", script("rotate_refresh"), 3, *_keys(int(user), token.sid), *arguments)
        (number,) = yield Redis((exchange,))
        if number < 0:
            raise Unreachable("Redis came to an exchange that nobody waited for any more")
        if not number:
            raise Problem("invalid-token")
        return self._answer(int(user), role, Refresh(token.sid, number))

    def end(self, claims: Claims) -> Steps[None]:
        """Ends the token's session, and with it all of its tokens."""
        if claims.sid:  # nobody has a session with AUTH=off
            session, _, of_user = _keys(claims.user_id, claims.sid)
            yield Redis((("DEL", session), ("ZREM", of_user, claims.sid)))

    def lock(self, user_id: int) -> Steps[None]:
        """Makes all tokens of a user invalid, and keeps him from signing in for a while: he is being deleted."""
        yield Redis((accounts.lock(user_id),))

    def _answer(self, user_id: int, role: str, token: Refresh) -> bytes:
        access_token = self._tokens.issue(user_id, role, token.sid)
        return answers.tokens(access_token, self._settings.access_ttl_s, self._tokens.refresh_text(token))


def _keys(user_id: int, sid: str) -> tuple[str, str, str]:
    """The keys of both scripts: the session, its user's role, his sessions."""
    return f"session:{sid}", f"account:{user_id}", f"sessions:{user_id}"
