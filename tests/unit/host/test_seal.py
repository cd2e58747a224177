from pathlib import Path

import pytest

from lab.host import seal as seals
from lab.host.seal import in_argument, seal, without_password
from lab.model.sealed import PREFIX, reveal


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    seals._key.cache_clear()
    return tmp_path


CALLED_A_SECRET = ("PASSWORD", "DB_PASSWORD", "SECRET", "API_KEY", "SIGNING_KEY", "ACCESS_TOKEN")
OF_WELL_KNOWN_CLIENTS = ("PGPASSWORD", "MYSQL_PWD", "REDISCLI_AUTH", "SECRETKEY", "ACCESSKEY", "dbPassword", "JWT_SEED")


@pytest.mark.parametrize("name", [*CALLED_A_SECRET, *OF_WELL_KNOWN_CLIENTS])
def test_a_setting_that_is_called_a_secret_is_written_as_its_digest(name: str) -> None:
    sealed = seal(name, "hunter2")
    assert f"{sealed}".startswith(PREFIX)
    assert "hunter2" not in f"{sealed!r} {sealed}"
    assert reveal(sealed) == "hunter2"


@pytest.mark.parametrize("name", ["WORKERS", "AUTH", "PWD", "KEYS_PER_PAGE", "MAX_TOKENS", "MONKEY", "PASSES"])
def test_any_other_setting_stays_as_it_is(name: str) -> None:
    assert seal(name, "4") == "4"


def test_equal_secrets_have_equal_digests_also_in_another_process_of_this_user() -> None:
    before = seal("SECRET", "a")
    seals._key.cache_clear()
    assert seal("SECRET", "a") == before
    assert seal("SECRET", "b") != before


def test_another_key_gives_another_digest_and_the_key_is_for_its_user_alone(home: Path) -> None:
    before = seal("SECRET", "a")
    (key,) = home.rglob("*.key")
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    seals._key.cache_clear()
    assert seal("SECRET", "a") != before


def test_of_a_proxy_the_record_keeps_the_address_and_not_the_password() -> None:
    said = without_password("HTTPS_PROXY", "http://me:hunter2@proxy.example:3128")
    assert said.startswith(f"http://{PREFIX}")
    assert said.endswith("@proxy.example:3128")
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("argument", "kept"), [("bench", "bench"), ("WORKERS=4", "WORKERS=4"), ("--memory=4g", "--memory=4g")]
)
def test_an_ordinary_argument_is_recorded_as_it_was_typed(argument: str, kept: str) -> None:
    assert in_argument(argument) == kept


@pytest.mark.parametrize("before", ["", "--set="])
def test_of_an_argument_with_a_secret_the_digest_is_recorded(before: str) -> None:
    assert in_argument(f"{before}DB_PASSWORD=hunter2") == f"{before}DB_PASSWORD={seal('DB_PASSWORD', 'hunter2')}"
