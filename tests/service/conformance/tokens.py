"""Tokens made by hand, right ones and wrong ones, so that the service is not asked to judge its own."""

import hashlib
import hmac
import json
import time
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping


def key_id(key: bytes) -> str:
    """What a token's header calls the key that signed it."""
    return hashlib.sha256(key).hexdigest()[:16]


def header(key: bytes, **changes: object) -> dict[str, object]:
    """The header of a token; those named replace the usual ones, and None takes one out."""
    usual = {"alg": "HS256", "kid": key_id(key), "typ": "JWT", **changes}
    return {name: value for name, value in usual.items() if value is not None}


def encoded(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """What `encoded` made a text of."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def part(value: Mapping[str, object]) -> str:
    """The first or second part of a token."""
    return encoded(json.dumps(value, separators=(",", ":")).encode())


def claims(user: int = 1, role: str = "admin", **others: object) -> dict[str, object]:
    """The claims of an access token that lives for a minute; those named replace the usual ones."""
    now = int(time.time())
    usual = {"iss": "lab", "sub": str(user), "role": role, "sid": encoded(uuid.uuid4().bytes), "jti": uuid.uuid4().hex}
    return {**usual, "iat": now, "exp": now + 60, **others}


def signed(key: bytes, payload: Mapping[str, object], *, head: Mapping[str, object] | None = None) -> str:
    """A token with an HMAC; its digest is the one that the header names, SHA-256 where it names none."""
    head = header(key) if head is None else head
    digest = {"HS384": "sha384", "HS512": "sha512"}.get(str(head.get("alg")), "sha256")
    text = f"{part(head)}.{part(payload)}"
    return f"{text}.{encoded(hmac.digest(key, text.encode(), digest))}"


def opened(token: str) -> tuple[dict[str, object], dict[str, object]]:
    """Header and claims of a token."""
    header, payload, _ = token.split(".")
    return json.loads(decoded(header)), json.loads(decoded(payload))


def forged(key: bytes) -> dict[str, str]:
    """What is wrong → an Authorization header that must be refused for it."""
    good = signed(key, claims())
    head, body, signature = good.split(".")
    now = int(time.time())
    tokens = {
        "another key": signed(b"another key", claims(), head=header(key)),
        "another key by its own name": signed(b"another key", claims()),
        "an empty key": signed(b"", claims(), head=header(key)),
        "no kid": signed(key, claims(), head=header(key, kid=None)),
        "another kid": signed(key, claims(), head=header(b"another key")),
        "a kid that is no text": signed(key, claims(), head=header(key, kid=[key_id(key)])),
        "another payload": f"{head}.{part(claims(user=2))}.{signature}",
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.{signature}",
        "no base64": f"{head}.{body}.!!!!",
        "no JSON": f"{head}.{encoded(b'{')}.{signature}",
        "alg none": f"{part(header(key, alg='none'))}.{body}.",
        "alg None, signed": signed(key, claims(), head=header(key, alg="None")),
        "no alg": signed(key, claims(), head=header(key, alg=None)),
        "HS384": signed(key, claims(), head=header(key, alg="HS384")),
        "HS512": signed(key, claims(), head=header(key, alg="HS512")),
        # The confusion: a verifier that takes the header's word would use what it has as a public key.
        "RS256 with our key": signed(key, claims(), head=header(key, alg="RS256")),
        "ES256 with our key": signed(key, claims(), head=header(key, alg="ES256")),
        "expired": signed(key, claims(iat=now - 61, exp=now - 1)),
        "expires now": signed(key, claims(iat=now - 60, exp=now)),
        "another issuer": signed(key, claims(iss="another")),
        "a refresh token": f"{encoded(bytes(16))}.{encoded(bytes(32))}",
    }
    tokens |= {f"no {name}": signed(key, _without(name)) for name in claims()}
    tokens |= {f"{name} {value!r}": signed(key, {**claims(), name: value}) for name, value in WRONG_CLAIMS}
    return {what: f"Bearer {token}" for what, token in tokens.items()} | {
        "another scheme": f"Basic {good}",
        "no scheme": good,
        "the scheme alone": "Bearer",
        "nothing": "",
        "two tokens": f"Bearer {good} {good}",
    }


WRONG_CLAIMS: tuple[tuple[str, object], ...] = (
    ("iss", ["lab"]),
    ("sub", 1),
    ("sub", "0"),
    ("sub", "Ada"),
    ("sub", None),
    ("role", "root"),
    ("role", True),
    ("sid", 5),
    ("jti", 5),
    ("jti", None),
    ("iat", "now"),
    ("exp", "9999999999"),
    ("exp", None),
    ("exp", True),
)


def _without(name: str) -> dict[str, object]:
    return {key: value for key, value in claims().items() if key != name}
