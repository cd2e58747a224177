"""Tokens that the three services make and read alike: JSON Web Tokens for access, signed numbers for refreshing."""

import base64
import hashlib
import hmac
import re
import time
import uuid
from functools import lru_cache
from typing import Any, NamedTuple

import jwt

from service.paging import path_id
from service.problems import Problem
from service.settings import Settings

ROLES = ("user", "admin")
_CLAIMS = ["iss", "sub", "role", "sid", "jti", "iat", "exp"]
# Base64url without padding. A signature of 32 bytes is 43 letters, the last of which has two bits to spare: with
# those not zero it would be another text for the same signature.
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([\w-]+\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048])", re.ASCII)
_REFRESH = re.compile(r"([\w-]{22})\.([1-9][0-9]{0,8})\.[\w-]{43}", re.ASCII)


class Refresh(NamedTuple):
    """A refresh token: the session, and which of its tokens this is."""

    sid: str
    number: int


class Claims(NamedTuple):
    """What a token says: who, in which session; `exp` in seconds since 1970."""

    user_id: int
    role: str
    sid: str
    jti: str
    exp: int

    @property
    def admin(self) -> bool:
        """Whether the role is admin."""
        return self.role == "admin"


def key_id(key: bytes) -> str:
    """What tokens call the key that signed them. Nobody gets from it to a key of 32 random bytes."""
    return hashlib.sha256(key).hexdigest()[:16]


class Tokens:
    """Makes tokens with the key, and reads those of the key and of the one before it."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.jwt_key
        self._kid = key_id(self._key)
        keys = [key for key in (settings.jwt_key, settings.jwt_key_previous) if key]
        self._keys = {key_id(key): key for key in keys}
        # All tokens of a key have the same header: it is read once.
        self._signer = lru_cache(maxsize=64)(self._named)
        self._ttl_s = settings.access_ttl_s
        # Only HS256, whatever a header says: `none`, or a public key taken for a secret, is how tokens are forged.
        # Its keys have at least 32 bytes; PyJWT would warn of shorter ones.
        unread = {"verify_iat": False, "verify_nbf": False, "verify_aud": False}
        self._jwt = jwt.PyJWT(options={"require": _CLAIMS, **unread})

    def issue(self, user_id: int, role: str, sid: str) -> str:
        """A new token of a session."""
        now_s = int(time.time())
        claims = {
            "iss": "lab",
            "sub": str(user_id),
            "role": role,
            "sid": sid,
            "jti": uuid.uuid4().hex,
            "iat": now_s,
            "exp": now_s + self._ttl_s,
        }
        return jwt.encode(claims, self._key, algorithm="HS256", headers={"kid": self._kid})

    def claims(self, authorization: str | None) -> Claims | None:
        """What the header's token says, if it is one whose signature and times are right; asks nobody."""
        match = _BEARER.fullmatch(authorization) if authorization else None
        if match is None:
            return None
        try:
            key = self._signer(match[1].partition(".")[0])
            return _claims(self._jwt.decode(match[1], key, algorithms=["HS256"], issuer="lab"))
        except (jwt.InvalidTokenError, ValueError, Problem):
            return None

    def refresh(self, text: str) -> Refresh:
        """The refresh token that a text is; raises the problem `invalid-token`, also where it was signed by others."""
        match = _REFRESH.fullmatch(text)
        if match is None:
            raise Problem("invalid-token")
        token = Refresh(match[1], int(match[2]))
        if not any(hmac.compare_digest(_refresh_text(token, key), text) for key in self._keys.values()):
            raise Problem("invalid-token")
        return token

    def refresh_text(self, token: Refresh) -> str:
        """The text of a refresh token."""
        return _refresh_text(token, self._key)

    def _named(self, head: str) -> bytes:
        """The key that a token's first part names; raises InvalidTokenError where it names none of ours."""
        kid = jwt.get_unverified_header(f"{head}.e30.").get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise jwt.InvalidTokenError("another key, or a withdrawn one")
        return key


def _refresh_text(token: Refresh, key: bytes) -> str:
    """What is signed cannot be taken for the beginning of a JSON Web Token."""
    signed = f"refresh.{token.sid}.{token.number}"
    mac = hmac.digest(key, signed.encode(), hashlib.sha256)
    return f"{token.sid}.{token.number}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _claims(claims: dict[str, Any]) -> Claims:
    """The claims, each of the right type; raises ValueError, and the problem of an id that cannot be one."""
    sub, role, sid, jti, exp = (claims[name] for name in ("sub", "role", "sid", "jti", "exp"))
    if not all(isinstance(text, str) for text in (sub, sid, jti)) or role not in ROLES:
        raise ValueError("not a text")
    if type(exp) is not int or type(claims["iat"]) is not int:  # a bool is an int, too
        raise ValueError("not a whole number")
    return Claims(path_id(sub), role, sid, jti, exp)
