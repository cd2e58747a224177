"""Sign in, refresh, sign out."""

import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
import requests

from tests.service.conformance import tokens
from tests.service.conformance.problems import refused
from tests.service.conformance.running import Service, dead, eventually, is_ready
from tests.service.stacks import DIRECT, parameters


def refresh(service: Service, token: object) -> requests.Response:
    return service.ask("POST", "/api/v1/refresh", json={"refresh_token": token})


def whose(pair: dict[str, object]) -> dict[str, object]:
    return tokens.opened(str(pair["access_token"]))[1]


def test_a_password_that_is_wrong_and_an_address_that_is_unknown_get_the_same_answer(service: Service) -> None:
    for email, password in (
        ("user00001@example.org", "another-password"),
        ("user00001@example.org", ""),
        ("nobody@example.org", "lab-password"),
    ):
        answer = service.ask("POST", "/api/v1/login", json={"email": email, "password": password})
        refused(answer, "invalid-credentials")


def test_an_address_is_recognised_without_regard_to_letter_case(service: Service) -> None:
    assert whose(service.sign_in("USER00002@Example.ORG"))["sub"] == "2"


def test_a_user_signs_in_with_the_password_it_was_made_with(service: Service) -> None:
    user = service.new_user(password="pässwörd-☃")
    pair = service.sign_in(str(user["email"]), "pässwörd-☃")
    assert (whose(pair)["sub"], whose(pair)["role"]) == (str(user["id"]), "user")


def test_a_refresh_token_is_good_once(service: Service) -> None:
    first = service.sign_in("user00003@example.org")
    answer = refresh(service, first["refresh_token"])
    assert answer.status_code == 200
    second = answer.json()
    assert [*second] == [*first]
    assert whose(second)["sid"] == whose(first)["sid"]
    assert whose(second)["jti"] != whose(first)["jti"]
    assert service.ask("GET", "/api/v1/users/3", token=second["access_token"]).status_code == 200
    assert refresh(service, second["refresh_token"]).status_code == 200


def test_a_refresh_token_that_is_used_again_ends_the_session(service: Service) -> None:
    first = service.sign_in("user00003@example.org")
    second = refresh(service, first["refresh_token"]).json()
    refused(refresh(service, first["refresh_token"]), "invalid-token")
    refused(refresh(service, second["refresh_token"]), "invalid-token")


def test_one_of_several_concurrent_refreshes_wins(service: Service) -> None:
    token = service.sign_in("user00003@example.org")["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: refresh(service, token), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + 7 * [401]


def test_a_replayed_refresh_token_ends_the_access_tokens_of_its_session_too(service: Service) -> None:
    first = service.sign_in("user00003@example.org")
    second = refresh(service, first["refresh_token"]).json()
    refused(refresh(service, first["refresh_token"]), "invalid-token")
    for pair in (first, second):
        refused(service.ask("GET", "/api/v1/users/3", token=str(pair["access_token"])), "invalid-token")


def test_a_token_that_the_service_did_not_sign_does_not_end_the_session(service: Service) -> None:
    token = str(service.sign_in("user00003@example.org")["refresh_token"])
    sid, _, mac = token.split(".")
    for made_up in (f"{sid}.1.{tokens.encoded(bytes(32))}", f"{sid}.2.{mac}", f"{sid}.01.{mac}", f"{sid}.0.{mac}"):
        refused(refresh(service, made_up), "invalid-token")
    assert refresh(service, token).status_code == 200


@pytest.mark.parametrize("token", ["x", ".", "a.b", "a.b.c", "ä.ö", "*", "x" * 200])
def test_a_malformed_refresh_token_is_no_token(service: Service, token: str) -> None:
    refused(refresh(service, token), "invalid-token")


def test_a_session_does_not_grow_and_has_an_end_that_no_refresh_moves(service: Service) -> None:
    pair = service.sign_in("user00003@example.org")
    key = f"session:{str(pair['refresh_token']).partition('.')[0]}"
    service.redis("EXPIRE", key, "1000")
    sizes = set()
    for _ in range(20):
        pair = refresh(service, pair["refresh_token"]).json()
        sizes.add((service.redis("HLEN", key), service.redis("MEMORY", "USAGE", key)))
    assert len(sizes) <= 2  # the number has one digit, then two
    assert {fields for fields, _ in sizes} == {"2"}
    assert int(service.redis("TTL", key)) <= 1000


def test_a_redis_that_died_in_an_exchange_does_not_end_the_session(service: Service) -> None:
    first = service.sign_in("user00003@example.org")["refresh_token"]
    second = refresh(service, first).json()["refresh_token"]
    with dead(service.containers["redis"]):
        pass  # the number was written; the client did not get the answer
    eventually(lambda: refresh(service, "x").status_code != 503 and is_ready(service))
    answer = refresh(service, first)
    assert answer.status_code == 200
    assert answer.json()["refresh_token"] == second
    assert refresh(service, second).status_code == 200
    refused(refresh(service, second), "invalid-token")


def test_a_user_s_sessions_are_counted_and_those_that_ended_go(service: Service) -> None:
    pair = service.sign_in("user00009@example.org")
    sid = str(pair["refresh_token"]).partition(".")[0]
    assert float(service.redis("ZSCORE", "sessions:9", sid)) > 0
    assert service.ask("POST", "/api/v1/logout", token=str(pair["access_token"])).status_code == 204
    assert service.redis("ZSCORE", "sessions:9", sid) == ""
    service.redis("ZADD", "sessions:9", "1", "ended-long-ago")
    service.sign_in("user00009@example.org")
    assert service.redis("ZSCORE", "sessions:9", "ended-long-ago") == ""


def test_an_access_token_does_not_refresh(service: Service) -> None:
    refused(refresh(service, service.token(iat=1)[:200]), "invalid-token")


def test_a_refresh_reads_the_role_again(service: Service) -> None:
    user = service.new_user()
    pair = service.sign_in(str(user["email"]))
    assert whose(pair)["role"] == "user"
    service.sql(f"UPDATE users SET role = 'admin' WHERE id = {user['id']}")
    assert whose(refresh(service, pair["refresh_token"]).json())["role"] == "admin"


def test_a_user_who_is_gone_cannot_refresh(service: Service) -> None:
    user = service.new_user()
    pair = service.sign_in(str(user["email"]))
    assert service.as_admin("DELETE", f"/api/v1/users/{user['id']}").status_code == 204
    refused(refresh(service, pair["refresh_token"]), "invalid-token")


def test_a_logout_ends_the_session_with_all_of_its_access_tokens(service: Service) -> None:
    first = service.sign_in("user00004@example.org")
    another = service.sign_in("user00004@example.org")
    second = refresh(service, first["refresh_token"]).json()
    token = str(second["access_token"])
    answer = service.ask("POST", "/api/v1/logout", token=token, data=b"ignored")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    for pair in (first, second):
        refused(service.ask("GET", "/api/v1/users/4", token=str(pair["access_token"])), "invalid-token")
        refused(refresh(service, pair["refresh_token"]), "invalid-token")
    refused(service.ask("POST", "/api/v1/logout", token=token), "invalid-token")
    assert service.ask("GET", "/api/v1/users/4", token=str(another["access_token"])).status_code == 200


def test_a_session_lives_in_redis_for_a_week_and_holds_no_token(service: Service) -> None:
    token = str(service.sign_in("user00005@example.org")["refresh_token"])
    sid, _, mac = token.split(".")
    assert 0 < int(service.redis("TTL", f"session:{sid}")) <= 604_800
    assert service.redis("HGET", f"session:{sid}", "user") == "5"
    assert mac not in service.redis("HGETALL", f"session:{sid}")


def test_too_many_attempts_at_one_address_are_refused_whoever_makes_them(service: Service) -> None:
    user = service.new_user()
    email = str(user["email"])
    bucket = f"bucket:login:{sha256(email.encode()).hexdigest()}"
    service.sign_in(email.upper())
    assert float(service.redis("HGET", bucket, "tokens")) >= 99
    ahead_ms = int((time.time() + 3600) * 1000)  # no token comes until then
    service.redis("HSET", bucket, "tokens", "0", "at_ms", str(ahead_ms))
    answer = service.ask("POST", "/api/v1/login", json={"email": email, "password": "lab-password"})
    refused(answer, "rate-limited")
    assert answer.headers["Retry-After"] == "1"
    assert service.sign_in("user00007@example.org")


def test_a_password_is_kept_as_an_argon2id_hash_of_the_agreed_cost(service: Service) -> None:
    one, two = service.new_user(), service.new_user()
    hashes = service.sql(f"SELECT password_hash FROM users WHERE id IN (1, {one['id']}, {two['id']})").splitlines()
    assert len(set(hashes)) == 3
    assert all(text.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for text in hashes)


@pytest.mark.parametrize("service", parameters(DIRECT), indirect=True, scope="package")  # Nginx has no part in it
def test_passwords_that_wait_for_their_turn_hold_up_nobody_else(service: Service) -> None:
    """Each is of another address, so that no bucket keeps them away."""
    attempts = [{"email": f"user{user:05}@example.org", "password": "wrong"} for user in range(3001, 3201)]
    with ThreadPoolExecutor(len(attempts)) as clients:
        begun = [clients.submit(service.ask, "POST", "/api/v1/login", json=attempt) for attempt in attempts]
        eventually(lambda: any(one.done() for one in begun))
        assert service.ask("GET", "/api/v1/items/81").status_code == 200
        waiting = sum(not one.done() for one in begun)
    assert waiting > 10  # behind them all, the item would have come when next to none was left
