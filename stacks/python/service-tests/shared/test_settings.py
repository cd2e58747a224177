from pathlib import Path

import pytest
from service.settings import Settings


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    for name in ("jwt_key", "postgres_password", "redis_password"):
        (tmp_path / name).write_text(f"{name}-{'x' * 32}\n")
    return tmp_path


def test_without_an_environment_the_defaults_of_the_contract_hold(secrets: Path) -> None:
    settings = Settings.read({}, secrets)
    assert (settings.order_mode, settings.order_work_s, settings.cache_ttl_s) == ("sync", 0.08, 60)
    assert (settings.rate_limit, settings.pool_size, settings.trust_proxy) == (1000, 40, False)
    assert settings.jwt_key == b"jwt_key-" + 32 * b"x"


def test_names_of_the_environment_are_read(secrets: Path) -> None:
    settings = Settings.read({"CACHE": "off", "CACHE_TTL": "0.5", "CACHE_L1_TTL": "0", "POOL_SIZE": "10"}, secrets)
    assert (settings.cache, settings.cache_ttl_s, settings.cache_l1_ttl_s) == (False, 0.5, 0)
    assert [settings.pool_share(processes) for processes in (1, 4, 11)] == [10, 2, 1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_ENV", "prod"), ("ORDER_MODE", "both"), ("ORDER_WORK", "-1"), ("ORDER_WORK", "nan"), ("CACHE", "ON"),
        ("CACHE_TTL", "0"), ("RATE_LIMIT", "0"), ("RATE_LIMIT", "1.5"), ("POOL_SIZE", "many"), ("REDIS_HOST", ""),
        ("ACCESS_TTL", "١"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_said_with_its_name_and_ends_with_code_2(
    name: str, value: str, secrets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        Settings.read({name: value}, secrets)
    assert ended.value.code == 2
    assert f"{name}={value!r}" in capsys.readouterr().err


def test_all_mistakes_are_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        Settings.read({"CACHE": "", "LIMIT": "1"}, tmp_path)
    said = capsys.readouterr().err
    assert all(name in said for name in ("CACHE", "LIMIT", "jwt_key", "postgres_password", "redis_password"))


def test_a_key_that_is_shorter_than_what_it_signs_with_is_refused(
    secrets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (secrets / "jwt_key").write_text("x" * 31)
    with pytest.raises(SystemExit) as ended:
        Settings.read({}, secrets)
    assert ended.value.code == 2
    assert "jwt_key: has fewer than 32 bytes" in capsys.readouterr().err


def test_a_previous_key_is_read_where_there_is_one(secrets: Path) -> None:
    assert Settings.read({}, secrets).jwt_key_previous == b""
    (secrets / "jwt_key_previous").write_text("x" * 32)
    assert Settings.read({}, secrets).jwt_key_previous == b"x" * 32


@pytest.mark.parametrize(("text", "said"), [("short", "has fewer than 32 bytes"), ("", "the file is empty")])
def test_a_previous_key_is_no_shorter_either(
    text: str, said: str, secrets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (secrets / "jwt_key_previous").write_text(text)
    with pytest.raises(SystemExit):
        Settings.read({}, secrets)
    assert f"jwt_key_previous: {said}" in capsys.readouterr().err


def test_secrets_do_not_show_where_settings_are_printed(secrets: Path) -> None:
    assert "x" * 32 not in repr(Settings.read({}, secrets))
