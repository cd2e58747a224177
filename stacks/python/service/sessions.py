"""Signing in, staying signed in and signing out."""

import hashlib
import re
import secrets

from service import answers
from service.problems import Problem
from service.settings import Settings
from service.steps import Load, Redis, Steps, script
from service.tokens import Claims, Tokens

_SID_BYTES = 16
_SECRET_BYTES = 32
_REFRESH_TOKEN = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")


class Sessions:
    """The sessions in Redis, `session:<sid>`, each with the hash of the one refresh token that is good."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self._settings = settings
        self._tokens = tokens

    def start(self, user_id: int, role: str) -> Steps[bytes]:
        """A new session's tokens, as the answer."""
        sid, secret = secrets.token_urlsafe(_SID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        key = f"session:{sid}"
        fields = ("HSET", key, "user", user_id, "secret", _hash(secret))
        # MULTI: both or neither, or a session could be left without an end.
        yield Redis((("MULTI",), fields, ("EXPIRE", key, self._settings.refresh_ttl_s), ("EXEC",)))
        return self._answer(user_id, role, sid, secret)

    def rotate(self, refresh_token: str) -> Steps[bytes]:
        """The next tokens of a session. Yields Load((user_id,)), to be answered with the role, None of nobody."""
        match = _REFRESH_TOKEN.fullmatch(refresh_token)
        if match is None:
            raise Problem("invalid-token")
        sid, secret = match.groups()
        key = f"session:{sid}"
        (user,) = yield Redis((("HGET", key, "user"),))
        # Postgres before the exchange: if it does not answer, the token that was sent is still good.
        role = (yield Load((int(user),))) if user else None
        if role is None:
            raise Problem("invalid-token")
        new = secrets.token_urlsafe(_SECRET_BYTES)
        exchange = (script("rotate_refresh"), 1, key, _hash(secret), _hash(new), self._settings.refresh_ttl_s)
        (owner,) = yield Redis((("EVALSHA", *exchange),))
        if not owner:
            raise Problem("invalid-token")
        return self._answer(int(owner), role, sid, new)

    def end(self, claims: Claims) -> Steps[None]:
        """Revokes the token until it expires, and ends its session."""
        if claims.jti:  # nobody has a token with AUTH=off
            revoke = ("SET", f"blacklist:{claims.jti}", 1, "EXAT", claims.exp)
            yield Redis((revoke, ("DEL", f"session:{claims.sid}")))

    def _answer(self, user_id: int, role: str, sid: str, secret: str) -> bytes:
        access_token = self._tokens.issue(user_id, role, sid)
        return answers.tokens(access_token, self._settings.access_ttl_s, f"{sid}.{secret}")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
