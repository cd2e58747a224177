"""Which access tokens are good, and that all others get the same answer."""

import pytest

from tests.service.conformance import tokens
from tests.service.conformance.problems import refused
from tests.service.conformance.running import Service

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
    assert header == {"alg": "HS256", "typ": "JWT"}
    assert payload.keys() == {"iss", "sub", "role", "sid", "jti", "iat", "exp"}
    assert (payload["iss"], payload["sub"], payload["role"]) == ("lab", "1", "admin")
    assert isinstance(payload["exp"], int)
    assert isinstance(payload["iat"], int)
    assert payload["exp"] - payload["iat"] == 900
    sid, secret = (tokens.decoded(text) for text in str(pair["refresh_token"]).split("."))
    assert (len(sid), len(secret)) == (16, 32)
    assert payload["sid"] == str(pair["refresh_token"]).partition(".")[0]


def test_a_deleted_user_may_read_until_the_token_expires_and_not_order(service: Service) -> None:
    user = service.new_user()
    token = service.token(int(str(user["id"])), "user")
    assert service.as_admin("DELETE", f"/api/v1/users/{user['id']}").status_code == 204
    refused(service.ask("GET", f"/api/v1/users/{user['id']}", token=token), "not-found")
    order = {"item_id": 1, "quantity": 1}
    answer = service.ask("POST", "/api/v1/orders", token=token, json=order, headers={"Idempotency-Key": "late"})
    refused(answer, "invalid-token")
