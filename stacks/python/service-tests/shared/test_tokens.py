import base64
import hmac
import json
import threading
import time
from typing import Any

import jwt
import pytest
from service import passwords
from service.problems import Problem
from service.settings import Settings
from service.tokens import Claims, Refresh, Tokens, key_id

KEY = b"k" * 64
GOOD: dict[str, Any] = {
    "iss": "lab",
    "sub": "7",
    "role": "user",
    "sid": "s",
    "jti": "j",
    "iat": 1,
    "exp": 9_999_999_999,
}


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(Settings(jwt_key=KEY))


def bearer(claims: dict[str, Any], algorithm: str = "HS256", key: bytes = KEY) -> str:
    return "Bearer " + jwt.encode(claims, key, algorithm=algorithm, headers={"kid": key_id(KEY)})


def test_an_issued_token_is_read_by_the_same_rules(tokens: Tokens) -> None:
    before = int(time.time())
    token = tokens.issue(7, "admin", "session")
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "kid": key_id(KEY), "typ": "JWT"}
    claims = tokens.claims(f"bearer {token}")
    assert claims is not None
    assert (claims.user_id, claims.role, claims.sid, claims.admin) == (7, "admin", "session", True)
    assert before + 900 <= claims.exp <= time.time() + 900


def test_a_token_of_another_service_of_ours_is_read(tokens: Tokens) -> None:
    assert tokens.claims(bearer(GOOD)) == Claims(7, "user", "s", "j", 9_999_999_999)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "other"}, {"sub": "0"}, {"sub": "1.0"}, {"sub": "x"}, {"role": "root"}, {"role": None}, {"sid": 1},
        {"jti": 1}, {"iat": "1"}, {"iat": 1.5}, {"exp": 1}, {"exp": "9999999999"}, {"exp": 9_999_999_999.5},
        {"exp": True},
    ],
)  # fmt: skip
def test_a_claim_of_another_kind_is_refused(tokens: Tokens, change: dict[str, Any]) -> None:
    assert tokens.claims("Bearer " + _signed(GOOD | change)) is None


@pytest.mark.parametrize("missing", GOOD)
def test_every_claim_must_be_there(tokens: Tokens, missing: str) -> None:
    assert tokens.claims(bearer({name: value for name, value in GOOD.items() if name != missing})) is None


def test_only_hs256_with_our_key_is_accepted(tokens: Tokens) -> None:
    assert tokens.claims(bearer(GOOD, "HS512")) is None
    assert tokens.claims(bearer(GOOD, key=b"x" * 64)) is None
    head, body, _ = bearer(GOOD).removeprefix("Bearer ").split(".")
    header = json.dumps({"alg": "none", "kid": key_id(KEY), "typ": "JWT"}).encode()
    none = base64.urlsafe_b64encode(header).rstrip(b"=").decode()
    for forged in (f"{none}.{body}.", f"{none}.{body}.{'A' * 43}", f"{head}.{body}.", f"{head}.{body}"):
        assert tokens.claims(f"Bearer {forged}") is None


def test_a_token_of_the_previous_key_is_good_until_that_is_withdrawn(tokens: Tokens) -> None:
    access, refresh = f"Bearer {tokens.issue(7, 'user', 's')}", tokens.refresh_text(Refresh("s" * 22, 1))
    rotated = Tokens(Settings(jwt_key=b"n" * 64, jwt_key_previous=KEY))
    assert rotated.claims(access) is not None
    assert rotated.refresh(refresh) == Refresh("s" * 22, 1)
    assert tokens.claims(f"Bearer {rotated.issue(7, 'user', 's')}") is None
    withdrawn = Tokens(Settings(jwt_key=b"n" * 64))
    assert withdrawn.claims(access) is None
    with pytest.raises(Problem):
        withdrawn.refresh(refresh)


@pytest.mark.parametrize("kid", [None, "", "x", 1, key_id(b"another")])
def test_a_token_names_the_key_that_signed_it(tokens: Tokens, kid: object) -> None:
    assert tokens.claims("Bearer " + _signed(GOOD, kid=kid)) is None


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "Bearer a b"])
def test_what_is_no_bearer_token_is_none(tokens: Tokens, header: str | None) -> None:
    assert tokens.claims(header) is None


def test_another_spelling_of_the_same_signature_is_refused(tokens: Tokens) -> None:
    good = bearer(GOOD)
    spelled = good[:-1] + {"A": "B", "E": "F", "I": "J", "M": "N", "Q": "R", "U": "V", "Y": "Z", "c": "d", "g": "h",
                           "k": "l", "o": "p", "s": "t", "w": "x", "0": "1", "4": "5", "8": "9"}[good[-1]]  # fmt: skip
    assert tokens.claims(spelled) is None
    assert tokens.claims(good + "!") is None


def test_a_password_is_verified_against_its_hash_and_nobody_has_one() -> None:
    made = passwords.make("correct horse")
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(made, "correct horse")
    assert not passwords.verify(made, "battery staple")
    assert not passwords.verify(None, "correct horse")
    assert not passwords.verify("not a hash", "correct horse")


def test_nobody_s_password_is_hashed_who_has_gone_and_a_line_has_an_end() -> None:
    with pytest.raises(passwords.Busy):
        passwords.verify(None, "x", lambda: True)
    line = passwords.Line(1, 1)
    with line.place(passwords.never):
        waiting = threading.Thread(target=lambda: line.place(passwords.never).__enter__())
        waiting.start()
        deadline = time.monotonic() + 60
        while line._room._value:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with pytest.raises(passwords.Busy), line.place(passwords.never):
            pass
    waiting.join()


def test_an_unknown_address_costs_as_much_as_a_known_one() -> None:
    def took_s(known: str | None) -> float:
        started = time.thread_time()
        passwords.verify(known, "wrong")
        return time.thread_time() - started

    known = passwords.make("correct horse")
    assert min(took_s(None) for _ in range(5)) > 0.3 * min(took_s(known) for _ in range(5))


def _signed(claims: dict[str, Any], *, kid: object = key_id(KEY)) -> str:
    """As `jwt.encode`, which would object to some of these claims itself."""
    parts = (json.dumps({"alg": "HS256", "kid": kid, "typ": "JWT"}), json.dumps(claims))
    text = ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
    mac = hmac.digest(KEY, text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
