"""Options that were typed in vain are refused; variables and defaults never are."""

import json

import pytest

from lab.commands import bench, check
from lab.deploy import building
from lab.errors import LabError
from tests.unit.cli.cli_driving import Lab

RESUME = ("bench", "--resume", "some-run")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("bench", "--table", "articles", "--set", "HEALTH_DELAY=1"), "--set"),
        (("bench", "--all", "--set", "HEALTH_DELAY=1"), "--set"),
        (("bench", "plain", "--as-published"), "--as-published"),
        (("bench", "--all", "--as-published", "--duration", "3"), "--as-published"),
        (("bench", "plain", "--anyway"), "--anyway"),
        (("bench", "plain", "--dry-run", "--duet", "0", "--duet-idle"), "--duet-idle"),
        (("compare", "proxied", "--duet", "0", "--duet-idle"), "--duet-idle"),
        (("bench", "plain", "--dry-run", "--duet", "0", "--duet-rate", "100"), "--duet-rate"),
        (("audit", "wrk.txt", "--workload", "ping"), "--workload"),
        (("bench", "--table", "articles", "--rate", "5"), "--rate"),
        (("bench", "--all", "--rate", "5", "--arrivals", "poisson"), "--rate, --arrivals"),
        (("bench", "plain", "--rate", "5", "-c", "5", "-t", "1"), "--connections, --threads"),
        (("bench", "plain", "--arrivals", "poisson"), "--arrivals"),
        ((*RESUME, "--rate", "5"), "--rate"),
        ((*RESUME, "--rounds", "3"), "--rounds"),
        ((*RESUME, "-c", "5", "--cpus", "4"), "--connections, --cpus"),
        ((*RESUME, "--exact"), "--exact"),
        ((*RESUME, "--set", "HEALTH_DELAY=1"), "--set"),
        (("compare", "--run", "some-run", "--rounds", "3"), "--rounds"),
        (("compare", "--run", "some-run", "--table", "headline"), "--table"),
        (("footprint", "--set", "HEALTH_DELAY=1"), "--set"),
        (("load", "plain", "--locust", "--web-port", "8089"), "--web-port"),
        (("load", "plain", "--locust", "--web", "--rounds", "3"), "--rounds"),
        (("check", "plain", "--kills", "3"), "--kills"),
        (("check", "plain", "--seed", "3"), "--seed"),
        (("build", "plain", "--all"), "[STACK[@VARIANT]]..."),
        (("down", "plain", "--all"), "[STACK]..."),
        (("up", "plain", "--dry-run", "--build"), "--build"),
    ],
)
def test_what_is_typed_and_has_no_effect_is_refused(lab: Lab, arguments: tuple[str, ...], named: str) -> None:
    ended = lab(*arguments)
    assert ended.code == 2
    assert f"{named} would have no effect: " in ended.err
    assert "  next: " in ended.err


@pytest.mark.parametrize("rate", ["0", "-5", "nan", "inf", "1000001"])
def test_a_rate_that_cannot_be_offered_is_refused_in_words(lab: Lab, rate: str) -> None:
    ended = lab("bench", "plain", f"--rate={rate}")
    assert ended.code == 2
    assert f"--rate {rate} is not a rate that can be offered" in ended.err
    assert "more than 0 and at most 1,000,000" in ended.err


@pytest.mark.parametrize(
    ("arguments", "variable"),
    [
        (RESUME, {"LAB_ROUNDS": "3", "LAB_CPUS": "2", "LAB_SET": "HEALTH_DELAY=1"}),
        (("compare", "--run", "some-run"), {"LAB_DURATION": "3"}),
        ((*RESUME,), {"LAB_RATE": "5", "LAB_ARRIVALS": "poisson"}),
    ],
)
def test_a_variable_that_has_no_effect_is_not_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], variable: dict[str, str]
) -> None:
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    assert "there is no run named 'some-run'" in lab(*arguments).err


def test_a_variable_for_the_check_of_orders_does_not_keep_one_from_the_contract(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise LabError("asked")

    monkeypatch.setattr(check, "check", stop)
    monkeypatch.setenv("LAB_KILLS", "3")
    assert "asked" in lab("check", "plain").err


@pytest.mark.parametrize("allowed", [("--wait", "1"), ("--json",), ("--anyway",)])
def test_what_a_resumed_run_can_use_is_not_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, allowed: tuple[str, ...]
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise LabError("resumed")

    monkeypatch.setattr(bench, "resume", stop)
    assert "resumed" in lab(*RESUME, *allowed).err


@pytest.mark.parametrize("variable", ["LAB_TABLE", "LAB_ALL", "LAB_RESUME"])
def test_what_is_typed_to_be_measured_goes_before_a_variable(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setattr(building, "needed", lambda _catalog, _pairs: ((), None))
    monkeypatch.setenv(variable, "1" if variable == "LAB_ALL" else "articles")
    found = json.loads(lab("bench", "plain", "--dry-run", "--json").out)
    assert found["rows"] == 1


def test_a_variable_says_what_is_measured_where_nothing_is_typed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "needed", lambda _catalog, _pairs: ((), None))
    monkeypatch.setenv("LAB_TABLE", "articles")
    assert json.loads(lab("bench", "--dry-run", "--json").out)["rows"] > 1
    assert lab("bench", "plain", "--all", "--dry-run").code == 2
