"""Which access tokens are good, and that all others get the same answer."""

import pytest

from tests.service.conformance import tokens
from tests.service.conformance.problems import refused
from tests.service.conformance.running import Service, job

GUARDED = (
    ("GET", "/api/v1/users"),
    ("POST", "/api/v1/users"),
    ("GET", "/api/v1/users/1"),
    ("PUT", "/api/v1/users/1"),
    ("DELETE", "/api/v1/users/1"),
    ("POST", "/api/v1/logout"),
    ("POST", "/api/v1/orders"),
    ("GET", "/api/v1/orders/1"),
)


@pytest.mark.parametrize("what", tokens.forged(b"-"))
def test_a_wrong_token_is_refused(service: Service, what: str) -> None:
    header = tokens.forged(service.key)[what]
    refused(service.ask("GET", "/api/v1/users/1", headers={"Authorization": header}), "invalid-token")


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_an_operation_that_wants_a_token_is_refused_without_one(service: Service, method: str, path: str) -> None:
    refused(service.ask(method, path), "invalid-token")
    unsigned = tokens.forged(service.key)["alg none"]
    refused(service.ask(method, path, headers={"Authorization": unsigned}), "invalid-token")


def test_a_token_made_by_these_rules_is_good_in_any_case_of_the_scheme(service: Service) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        answer = service.ask("GET", "/api/v1/users/1", headers={"Authorization": f"{scheme} {service.token()}"})
        assert answer.status_code == 200, scheme


def test_an_operation_for_anybody_does_not_mind_a_wrong_token(service: Service) -> None:
    for header in ("Bearer nonsense", tokens.forged(service.key)["expired"]):
        assert service.ask("GET", "/api/v1/items/1", headers={"Authorization": header}).status_code == 200


def test_a_token_says_who_for_how_long_and_in_which_session(service: Service) -> None:
    pair = service.sign_in("user00001@example.org")
    assert [*pair] == ["access_token", "token_type", "expires_in", "refresh_token"]
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
    header, payload = tokens.opened(str(pair["access_token"]))
    assert header == {"alg": "HS256", "kid": tokens.key_id(service.key), "typ": "JWT"}
    assert payload.keys() == {"iss", "sub", "role", "sid", "jti", "iat", "exp"}
    assert (payload["iss"], payload["sub"], payload["role"]) == ("lab", "1", "admin")
    assert isinstance(payload["exp"], int)
    assert isinstance(payload["iat"], int)
    assert payload["exp"] - payload["iat"] == 900
    sid, number, mac = str(pair["refresh_token"]).split(".")
    assert (len(tokens.decoded(sid)), number, len(tokens.decoded(mac))) == (16, "1", 32)
    assert payload["sid"] == sid


def test_a_deleted_user_is_signed_out_at_once_and_everywhere(service: Service) -> None:
    user = service.new_user()
    pairs = [service.sign_in(str(user["email"])) for _ in range(2)]
    path = f"/api/v1/users/{user['id']}"
    assert service.as_admin("DELETE", path).status_code == 204
    for pair in pairs:
        refused(service.ask("GET", path, token=str(pair["access_token"])), "invalid-token")
        refused(service.ask("POST", "/api/v1/refresh", json={"refresh_token": pair["refresh_token"]}), "invalid-token")


def test_a_user_who_could_not_be_deleted_stays_signed_in(service: Service) -> None:
    user = service.new_user()
    token = str(service.sign_in(str(user["email"]))["access_token"])
    order, key = {"item_id": 1, "quantity": 1}, {"Idempotency-Key": "stays"}
    assert service.ask("POST", "/api/v1/orders", token=token, json=order, headers=key).status_code in {201, 202}
    refused(service.as_admin("DELETE", f"/api/v1/users/{user['id']}"), "user-has-orders")
    assert service.ask("GET", f"/api/v1/users/{user['id']}", token=token).status_code == 200


def test_a_token_is_good_while_its_session_and_its_user_are_on_record(service: Service) -> None:
    for key in ("session:{sid}", "account:2"):
        token = service.token(2, "user")
        assert service.ask("GET", "/api/v1/users/2", token=token).status_code == 200
        service.redis("DEL", key.format(**tokens.opened(token)[1]))
        refused(service.ask("GET", "/api/v1/users/2", token=token), "invalid-token")
    of_another = service.token(3, "user", sid=tokens.opened(service.token(2, "user"))[1]["sid"])
    service.redis("HSET", f"session:{tokens.opened(of_another)[1]['sid']}", "user", "2")
    refused(service.ask("GET", "/api/v1/users/3", token=of_another), "invalid-token")


def test_an_emptied_redis_signs_everybody_out(service: Service) -> None:
    pair = service.sign_in("user00006@example.org")
    service.redis("FLUSHALL")
    refused(service.ask("GET", "/api/v1/users/6", token=str(pair["access_token"])), "invalid-token")
    refused(service.ask("POST", "/api/v1/refresh", json={"refresh_token": pair["refresh_token"]}), "invalid-token")
    assert service.sign_in("user00006@example.org")


def test_an_admin_who_is_none_any_more_is_signed_out_at_once(service: Service) -> None:
    user = service.new_user()
    role(service, user, "admin")
    service.redis("DEL", f"account:{user['id']}")  # two minutes later
    pair = service.sign_in(str(user["email"]))
    assert service.ask("GET", "/api/v1/users?limit=1", token=str(pair["access_token"])).status_code == 200
    role(service, user, "user")
    refused(service.ask("GET", "/api/v1/users?limit=1", token=str(pair["access_token"])), "invalid-token")
    credentials = {"email": user["email"], "password": "lab-password"}
    refused(service.ask("POST", "/api/v1/login", json=credentials), "invalid-credentials")


def role(service: Service, user: dict[str, object], name: str) -> None:
    """Give a user another role as docs/service.md says."""
    done = job(service, "python", "set_role.py", str(user["id"]), name)
    assert done.returncode == 0, done.stdout
