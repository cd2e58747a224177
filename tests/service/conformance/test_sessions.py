"""Sign in, refresh, sign out."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.service.conformance import tokens
from tests.service.conformance.problems import refused
from tests.service.conformance.running import Service


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


def test_a_secret_that_the_session_never_had_does_not_end_it(service: Service) -> None:
    token = str(service.sign_in("user00003@example.org")["refresh_token"])
    sid = token.partition(".")[0]
    refused(refresh(service, f"{sid}.{tokens.encoded(bytes(32))}"), "invalid-token")
    assert refresh(service, token).status_code == 200


@pytest.mark.parametrize("token", ["x", ".", "a.b", "a.b.c", "ä.ö", "*", "x" * 200])
def test_a_malformed_refresh_token_is_no_token(service: Service, token: str) -> None:
    refused(refresh(service, token), "invalid-token")


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


def test_a_logout_revokes_the_access_token_and_the_session(service: Service) -> None:
    pair = service.sign_in("user00004@example.org")
    another = service.sign_in("user00004@example.org")
    token = str(pair["access_token"])
    answer = service.ask("POST", "/api/v1/logout", token=token, data=b"ignored")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    refused(service.ask("GET", "/api/v1/users/4", token=token), "invalid-token")
    refused(service.ask("POST", "/api/v1/logout", token=token), "invalid-token")
    refused(refresh(service, pair["refresh_token"]), "invalid-token")
    assert service.ask("GET", "/api/v1/users/4", token=str(another["access_token"])).status_code == 200


def test_a_revoked_token_is_remembered_as_long_as_it_would_have_lived(service: Service) -> None:
    token = service.token(jti="remembered")
    assert service.ask("POST", "/api/v1/logout", token=token).status_code == 204
    assert 50_000 < int(service.redis("PTTL", "blacklist:remembered")) <= 60_000


def test_a_session_lives_in_redis_and_its_secret_only_as_a_hash(service: Service) -> None:
    sid, secret = str(service.sign_in("user00005@example.org")["refresh_token"]).split(".")
    assert 604_000 < int(service.redis("TTL", f"session:{sid}")) <= 604_800
    stored = service.redis("HGETALL", f"session:{sid}")
    assert service.redis("HGET", f"session:{sid}", "user") == "5"
    assert secret not in stored


def test_a_password_is_kept_as_an_argon2id_hash_of_the_agreed_cost(service: Service) -> None:
    one, two = service.new_user(), service.new_user()
    hashes = service.sql(f"SELECT password_hash FROM users WHERE id IN (1, {one['id']}, {two['id']})").splitlines()
    assert len(set(hashes)) == 3
    assert all(text.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for text in hashes)
