from collections import Counter

import pytest
import requests

from lab.errors import Unhealthy
from lab.faults import mix as mixes
from lab.faults.mix import ADMIN, SHARES, SIGNED_OUT, TURNS, USERS
from lab.load import protocol
from lab.measure import signing
from tests.unit.faults.faults_fakes import TOKENS, make_mix


def test_a_seed_decides_what_is_asked_and_another_asks_otherwise() -> None:
    assert make_mix(3) == make_mix(3)
    assert make_mix(3).turns != make_mix(4).turns


def test_every_kind_comes_about_as_often_as_its_share() -> None:
    mix = make_mix()
    asked = Counter(mix.parts[place].what for place in mix.turns)
    assert len(mix.turns) == TURNS
    assert all(0.5 < asked[what] * 100 / TURNS / share < 2 for what, share in SHARES.items())


def test_each_request_carries_its_own_users_token_and_each_order_a_key_of_its_own() -> None:
    for part in make_mix().parts:
        headers = dict(part.request.headers)
        assert ("Authorization" in headers) == (part.what != "item")
        if part.what in {"user", "order"}:
            assert headers["Authorization"] == f"Bearer token-{part.user_id}"
        if part.what == "order":
            assert headers["Idempotency-Key"] == "break-1-{unique}"
            assert part.request.sent == f'{{"item_id":{part.item_id},"quantity":{part.quantity}}}'


def test_a_revoked_token_must_be_refused() -> None:
    revoked = [part for part in make_mix().parts if part.what == "revoked"]
    assert {part.user_id for part in revoked} == set(SIGNED_OUT)
    assert all(part.request.statuses == (401,) for part in revoked)


def test_the_load_container_can_take_it_with_tokens_of_real_length() -> None:
    tokens = dict.fromkeys(TOKENS, "x" * 400)
    workload = mixes.draw(seed=1, prefix="break-0123abcd-", tokens=tokens).workload
    environment = protocol.environment(workload, ())
    assert len(environment["LAB_REQUESTS"].encode()) < protocol.LONGEST_BYTES


class Answer:
    def __init__(self, status: int) -> None:
        self.status_code = status


def test_those_whose_tokens_must_not_be_accepted_have_signed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    out: list[str] = []

    def post(_: requests.Session, url: str, *, headers: dict[str, str], timeout: float) -> Answer:
        out.append(f"{url} {headers['Authorization']}")
        return Answer(204 if len(out) <= len(SIGNED_OUT) else 503)

    monkeypatch.setattr(signing, "_token", lambda _, __, body: f"of {body[10:19]}")
    monkeypatch.setattr(requests.Session, "post", post)
    tokens = mixes.sign_in("http://198.18.0.2")
    assert tokens.keys() == {*USERS, ADMIN, *SIGNED_OUT}
    assert out == [f"http://198.18.0.2/api/v1/logout Bearer of user{user:05}" for user in SIGNED_OUT]
    with pytest.raises(Unhealthy, match="nobody can sign out: status 503"):
        mixes.sign_in("http://198.18.0.2")
