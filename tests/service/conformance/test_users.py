"""Users: made, read, replaced and deleted."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.service.conformance.problems import compact, refused
from tests.service.conformance.running import Service

PASSWORD = "lab-password"


def address() -> str:
    return f"{uuid.uuid4().hex}@example.org"


def test_the_seeded_users_are_there(service: Service) -> None:
    ada = service.as_admin("GET", "/api/v1/users/1").json()
    assert [*ada] == ["id", "name", "email", "age", "role", "profile"]
    assert (ada["name"], ada["email"], ada["role"]) == ("Ada", "user00001@example.org", "admin")
    assert service.as_admin("GET", "/api/v1/users/2").json()["role"] == "user"
    assert service.as_admin("GET", "/api/v1/users/10000").json()["email"] == "user10000@example.org"


def test_a_user_is_made_and_lies_where_the_location_says(service: Service) -> None:
    fields = {"name": "Grace", "email": address(), "age": 36, "profile": {"bio": "COBOL", "city": "New York"}}
    answer = service.as_admin("POST", "/api/v1/users", json={**fields, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    user = answer.json()
    profile = fields.pop("profile")
    assert answer.content == compact({"id": user["id"], **fields, "role": "user", "profile": profile})
    assert answer.headers["Location"] == f"/api/v1/users/{user['id']}"
    assert (answer.headers["Content-Type"], answer.headers["Vary"]) == ("application/json", "Accept")
    assert service.as_admin("GET", answer.headers["Location"]).content == answer.content


@pytest.mark.parametrize("profile", [{}, {"profile": None}], ids=["absent", "null"])
def test_a_user_without_a_profile_has_null_there(service: Service, profile: dict[str, object]) -> None:
    assert service.new_user(**profile)["profile"] is None


@pytest.mark.parametrize(
    "text",
    [
        "Å, ß & <b>",
        "\N{GRINNING FACE}" * 80,
        'quote" back\\ slash/ ',
        "\b\t\n\f\r\x01\x1f",
        "\x7f\u2028\u2029\ufeff",
        " ",
    ],
)
def test_a_text_comes_back_as_it_was_sent_with_nothing_escaped_that_need_not_be(service: Service, text: str) -> None:
    body = {"name": text, "email": address(), "age": 0, "password": PASSWORD, "profile": {"bio": text, "city": ""}}
    answer = service.as_admin("POST", "/api/v1/users", json=body)
    assert answer.status_code == 201, answer.text
    assert compact({"name": text})[1:-1] in answer.content
    assert compact({"profile": {"bio": text, "city": ""}})[1:] in answer.content
    assert service.as_admin("GET", answer.headers["Location"]).content == answer.content


def test_limits_of_the_fields_belong_to_them(service: Service) -> None:
    profile = {"bio": "ä" * 500, "city": "ö" * 80}
    email = address().rjust(254, "x")
    user = service.new_user(name="x", age=150, password="x" * 128, profile=profile, email=email)
    assert (user["age"], user["profile"], user["email"]) == (150, profile, email)
    short = service.new_user(age=0, password="x" * 8, profile={"bio": "", "city": ""})
    assert (short["age"], short["profile"]) == (0, {"bio": "", "city": ""})


def test_an_address_is_taken_in_any_case_of_its_ascii_letters(service: Service) -> None:
    email = f"Ä{address()}"
    user = service.new_user(email=email)
    body = {"name": "B", "email": email.upper(), "age": 1, "password": PASSWORD}
    refused(service.as_admin("POST", "/api/v1/users", json=body), "email-taken")
    refused(service.as_admin("PUT", "/api/v1/users/2", json={"name": "B", "email": email, "age": 1}), "email-taken")
    # Ä and ä are two letters: only ASCII's are compared without regard to case.
    assert service.new_user(email=email.replace("Ä", "ä"))["id"] != user["id"]


def test_one_of_several_concurrent_requests_gets_an_address(service: Service) -> None:
    body = {"name": "B", "email": address(), "age": 1, "password": PASSWORD}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: service.as_admin("POST", "/api/v1/users", json=body), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + 7 * [409]


def test_a_replacement_replaces_all_but_the_role(service: Service) -> None:
    user = service.new_user(profile={"bio": "old", "city": "old"})
    path = f"/api/v1/users/{user['id']}"
    assert service.as_admin("GET", path).status_code == 200  # now it may be in the cache
    for profile in ({"bio": "new", "city": ""}, None, {"bio": "again", "city": "x"}):
        body = {"name": "New", "email": address(), "age": 31, "profile": profile}
        answer = service.as_admin("PUT", path, json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {**body, "id": user["id"], "role": "user"}
        assert service.as_admin("GET", path).content == answer.content
        assert answer.headers["Vary"] == "Accept"


def test_a_replacement_without_a_profile_removes_it(service: Service) -> None:
    user = service.new_user(profile={"bio": "old", "city": "old"})
    body = {"name": "New", "email": str(user["email"]).upper(), "age": 31}
    answer = service.as_admin("PUT", f"/api/v1/users/{user['id']}", json=body)
    assert (answer.json()["profile"], answer.json()["email"]) == (None, body["email"])
    assert service.sql(f"SELECT count(*) FROM profiles WHERE user_id = {user['id']}") == "0"


def test_a_deleted_user_is_gone(service: Service) -> None:
    user = service.new_user(profile={"bio": "x", "city": "y"})
    path = f"/api/v1/users/{user['id']}"
    assert service.as_admin("GET", path).status_code == 200
    answer = service.as_admin("DELETE", path)
    assert (answer.status_code, answer.content) == (204, b"")
    refused(service.as_admin("GET", path), "not-found")
    refused(service.as_admin("DELETE", path), "not-found")
    refused(service.as_admin("PUT", path, json={"name": "A", "email": address(), "age": 1}), "not-found")


def test_a_user_with_orders_is_kept(service: Service) -> None:
    user = service.new_user()
    service.sql(
        "INSERT INTO orders (user_id, item_id, quantity, idempotency_key, mode, status)"
        f" VALUES ({user['id']}, 1, 1, 'kept', 'sync', 'done')"
    )
    refused(service.as_admin("DELETE", f"/api/v1/users/{user['id']}"), "user-has-orders")
    assert service.as_admin("GET", f"/api/v1/users/{user['id']}").status_code == 200


def test_only_admins_write_and_everybody_reads_himself(service: Service) -> None:
    body = {"name": "Me", "email": address(), "age": 1}
    refused(service.as_user("GET", "/api/v1/users"), "forbidden")
    refused(service.as_user("POST", "/api/v1/users", json={**body, "password": PASSWORD}), "forbidden")
    refused(service.as_user("PUT", "/api/v1/users/2", json=body), "forbidden")
    refused(service.as_user("DELETE", "/api/v1/users/2"), "forbidden")
    refused(service.as_user("GET", "/api/v1/users/3"), "forbidden")
    assert service.as_user("GET", "/api/v1/users/2").json()["id"] == 2
