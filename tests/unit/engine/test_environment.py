import pytest

from lab.engine import environment


@pytest.mark.parametrize(
    "name",
    ["PATH", "HOME", "DOCKER_HOST", "BUILDX_BUILDER", "http_proxy", "NO_PROXY", "SSL_CERT_FILE", "LAB_CA_BUNDLE"],
)
def test_what_leads_to_the_engine_and_through_the_network_reaches_dockers_command(name: str) -> None:
    assert environment.ambient({name: "x"}) == {name: "x"}


@pytest.mark.parametrize("name", ["APP_ENV", "THREADS", "CACHE", "POSTGRES_HOST", "LAB_PORT", "COMPOSE_FILE", "LANG"])
def test_what_could_change_a_stack_does_not(name: str) -> None:
    assert environment.ambient({name: "x"}) == {}


def test_what_was_passed_on_is_recorded_without_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hunter2@proxy")
    monkeypatch.setenv("APP_ENV", "mine")
    found = environment.recorded()
    assert found["HTTPS_PROXY"].endswith("@proxy")
    assert "hunter2" not in str(found)
    assert "APP_ENV" not in found
