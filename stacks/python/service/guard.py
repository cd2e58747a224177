"""Who may come in: the rate limit, the token and the role, asked of Redis in one round trip."""

from typing import Any, NamedTuple

from service.metrics import FAIL_OPEN
from service.problems import Problem
from service.settings import Settings
from service.steps import Command, Redis, Steps, Unreachable, script
from service.tokens import Claims, Tokens

_ADMIN = Claims(user_id=1, role="admin", sid="", jti="", exp=0)  # everybody, with AUTH=off


class Passage(NamedTuple):
    """A request that was let in, and the headers that its answer carries."""

    claims: Claims | None
    headers: list[tuple[str, str]]
    redis_down: bool

    @property
    def user(self) -> Claims:
        """Whose token it is, of an operation that wants one."""
        if self.claims is None:
            raise Problem("invalid-token")
        return self.claims

    def allow(self, user_id: int) -> None:
        """Raises the problem `forbidden` unless it is the user himself who asks, or an admin."""
        if not self.user.admin and self.user.user_id != user_id:
            raise Problem("forbidden")


class Guard:
    """Steps 2 to 4 of the order of checks."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self._settings = settings
        self._tokens = tokens
        self._bucket = (settings.rate_limit, settings.rate_limit)  # a second, and the burst

    def identify(self, authorization: str | None) -> Claims | None:
        """Whose request it is, as far as the token itself tells; asks nobody."""
        return self._tokens.claims(authorization) if self._settings.auth else _ADMIN

    def enter(self, claims: Claims | None, address: str, *, token: bool = False, admin: bool = False) -> Steps[Passage]:
        """Lets a request in, or raises the problem of why not."""
        questions = self._records(claims) if token else ()
        commands = (*self._limit(claims, address), *questions)
        replies: list[Any] = []
        down = False
        try:
            if commands:
                replies = yield Redis(commands)
        except Unreachable:
            down = True
            if self._settings.limit:
                FAIL_OPEN.labels("limit").inc()
        headers = _admit(replies.pop(0), self._settings.rate_limit) if self._settings.limit and not down else []
        if token:
            good = claims is not None and (down or not questions or _is_on_record(claims, *replies))
            self._check(claims if good else None, headers, down=down, admin=admin)
        return Passage(claims, headers, down)

    def _limit(self, claims: Claims | None, address: str) -> tuple[Command, ...]:
        if not self._settings.limit:
            return ()
        client = f"user:{claims.user_id}" if claims and self._settings.auth else f"address:{address}"
        return (("EVALSHA", script("token_bucket"), 1, f"bucket:{client}", *self._bucket),)

    def _records(self, claims: Claims | None) -> tuple[Command, ...]:
        """What Redis has of a token's session and user."""
        if claims is None or not self._settings.auth:
            return ()
        return ("HGET", f"session:{claims.sid}", "user"), ("GET", f"account:{claims.user_id}")

    def _check(self, claims: Claims | None, headers: list[tuple[str, str]], *, down: bool, admin: bool) -> None:
        if claims is None:
            raise Problem("invalid-token", headers=headers)
        if down and self._settings.auth:  # nobody knows whether its session goes on: refused
            raise Unreachable
        if admin and not claims.admin:
            raise Problem("forbidden", headers=headers)


def _is_on_record(claims: Claims, user: bytes | None, role: bytes | None) -> bool:
    """Whether the token's session goes on and its user still has that role."""
    return user == b"%d" % claims.user_id and role == claims.role.encode()


def _admit(reply: list[int], burst: int) -> list[tuple[str, str]]:
    """The headers of the bucket's reply; raises the problem `rate-limited` where no token was left."""
    taken, left, until_one_ms, until_full_ms = reply
    headers = [
        ("RateLimit-Limit", str(burst)),
        ("RateLimit-Remaining", str(left)),
        ("RateLimit-Reset", str(_whole_seconds(until_full_ms))),
    ]
    if not taken:
        wait_s = max(1, _whole_seconds(until_one_ms))
        raise Problem("rate-limited", headers=[*headers, ("Retry-After", str(wait_s))])
    return headers


def _whole_seconds(milliseconds: int) -> int:
    return -(-milliseconds // 1000)
