import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.deploy import starting
from lab.deploy.compose import Project
from lab.deploy.prepare import Plan
from lab.errors import Unhealthy
from lab.measure import bring_up
from lab.model.sealed import Sealed
from tests.unit.measure.measure_fakes import make_rig
from tests.unit.unit_factories import make_deployment, make_stack, make_workload
from tests.unit.unit_project import Answering

READY = make_workload(name="ready", path="/ready", body="ready")


@pytest.fixture
def plan(server: Answering) -> Plan:
    """A stack whose published port is the server's."""
    project = Project(name="lab-x", files=())
    return Plan(
        deployment=make_deployment(), stack=make_stack(), project=project, override=Path("x.yaml"), port=server.port
    )


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called `docker` that writes down how it was called; a test adds what else it does."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    path = tmp_path / "docker"
    script(path, "")
    return path


def script(path: Path, code: str) -> None:
    log = path.with_name("calls")
    path.write_text(
        f"#!{sys.executable}\nimport sys, time\nopen({str(log)!r}, 'a').write(f'{{sys.argv[4:]}}\\n')\n{code}\n"
    )
    path.chmod(0o755)


def calls(path: Path) -> list[str]:
    return path.with_name("calls").read_text().splitlines()


def test_a_second_start_stops_the_containers_and_starts_the_same_ones(plan: Plan, docker: Path) -> None:
    assert 0 < bring_up.start_again(plan, ready=READY) < 5
    assert calls(docker) == ["['stop', '--timeout', '5', 'proxy', 'app']", "['start', 'proxy', 'app']"]


def test_the_clock_runs_until_the_answer_is_right_though_compose_is_done(
    plan: Plan, docker: Path, server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong, right = (503, "text/plain", "not yet"), (200, "text/plain", "ready")
    server.answers["/ready"] = wrong
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 20:
            server.answers["/ready"] = right

    # Not `time.sleep` itself: waiting for a process with a deadline calls it, too.
    monkeypatch.setattr(starting, "time", SimpleNamespace(sleep=wait, monotonic=time.monotonic))
    assert bring_up.start_again(plan, ready=READY) > 0
    assert len(waits) == 20


def test_a_stack_that_starts_and_never_answers_is_unhealthy(plan: Plan, docker: Path, server: Answering) -> None:
    server.answers["/ready"] = (503, "text/plain", "never")
    hasty = replace(plan, stack=replace(plan.stack, start_within_s=0.2))
    with pytest.raises(Unhealthy, match=r"did not answer /ready within 0\.2 s: .*503") as raised:
        bring_up.start_again(hasty, ready=READY)
    assert "lab up" in (raised.value.fix or "")


def told_of_a_slow_start(plan: Plan, monkeypatch: pytest.MonkeyPatch, *, long: bool = True) -> list[str]:
    """What is said while a stack is waited for that never answers rightly; `long` if that counts as long."""
    monkeypatch.setattr(starting, "TELL_AFTER_S", 0.0)
    monkeypatch.setattr(starting, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(starting, "_lines_after_s", lambda _: 0.0 if long else 3600.0)
    said: list[str] = []
    hasty = replace(plan, stack=replace(plan.stack, start_within_s=0.5))
    with pytest.raises(Unhealthy):
        bring_up.start_again(hasty, ready=READY, say=said.append)
    return said


def test_what_a_slow_start_is_answered_is_told_once_with_the_limit_and_where_it_is_set(
    plan: Plan, docker: Path, server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/ready"] = (500, "text/plain", "migrating")
    (told,) = told_of_a_slow_start(plan, monkeypatch, long=False)
    assert "/ready: status 500 instead of 200" in told
    assert f"up to 0.5 s, which start_within_s in {plan.stack.path} sets" in told


def test_a_tier_that_has_ended_meanwhile_is_told_with_its_last_lines(
    plan: Plan, docker: Path, server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/ready"] = (502, "text/plain", "nobody there")
    script(docker, "print('app\\nload' if 'ps' in sys.argv else 'ImportError: no shop' if 'logs' in sys.argv else '')")
    _, told = told_of_a_slow_start(plan, monkeypatch, long=False)
    assert told == "app ended meanwhile; the last lines\nImportError: no shop"


def test_an_entry_that_answers_with_its_own_failure_is_told_with_its_last_lines(
    plan: Plan, docker: Path, server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/ready"] = (500, "text/plain", "a traceback is in its log")
    script(docker, f"print('KeyError: shop' if sys.argv[-1] == '{plan.stack.entry.service}' else '')")
    _, told = told_of_a_slow_start(plan, monkeypatch)
    assert told == f"{plan.stack.entry.service} answers, and fails; its last lines\nKeyError: shop"


def test_an_entry_that_fails_while_its_stack_starts_is_not_shown_with_its_lines_at_once(
    plan: Plan, docker: Path, server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/ready"] = (502, "text/plain", "the application is not there yet")
    script(docker, f"print('connect() failed' if sys.argv[-1] == '{plan.stack.entry.service}' else '')")
    (told,) = told_of_a_slow_start(plan, monkeypatch, long=False)
    assert "is not up yet" in told
    assert "connect() failed" not in told


@pytest.mark.parametrize(("within_s", "after_s"), [(10, 5), (30, 15), (45, 15), (60, 20), (600, 200)])
def test_what_takes_long_is_a_third_of_what_is_borne_or_15_s_and_never_more_than_half(
    plan: Plan, within_s: float, after_s: float
) -> None:
    patient = replace(plan, stack=replace(plan.stack, start_within_s=within_s))
    assert starting._lines_after_s(patient) == after_s


def test_a_page_that_is_slow_by_nature_is_waited_for(
    plan: Plan, docker: Path, server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly() -> tuple[int, str, str]:
        time.sleep(0.3)
        return 200, "text/plain", "ready"

    monkeypatch.setattr(starting, "ASK_TIMEOUT_S", 0.1)
    server.later["/ready"] = slowly
    assert bring_up.start_again(plan, ready=READY) > 0.3


def test_a_quick_start_is_not_talked_of(plan: Plan, docker: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bring_up.start_again(plan, ready=READY)
    assert tuple(capsys.readouterr()) == ("", "")


def test_a_contract_that_is_not_kept_says_which_command_says_more(server: Answering) -> None:
    server.answers["/ready"] = (201, "text/plain", "ready")
    rig, _ = make_rig(server)
    with pytest.raises(Unhealthy) as caught:
        bring_up.check(rig, [READY])
    assert "lab check proxied" in (caught.value.fix or "")


def test_a_start_that_fails_is_unhealthy(plan: Plan, docker: Path, server: Answering) -> None:
    server.answers["/ready"] = (503, "text/plain", "never")
    script(docker, "sys.exit('no such container' if 'start' in sys.argv else 0)")
    with pytest.raises(Unhealthy, match="no such container"):
        bring_up.start_again(plan, ready=READY)


def test_what_the_lab_decided_is_recorded_with_digests_for_secrets(plan: Plan, server: Answering) -> None:
    rig, _ = make_rig(server)
    secret = Sealed("d1", secret="hunter2")
    decided = Project(name="lab-x", environment={"WORKERS": "4", "DB_PASSWORD": secret})
    facts = bring_up.facts(replace(plan, project=decided), rig, startup_s=1.0)
    assert facts.environment == {"DB_PASSWORD": "hmac-sha256:d1", "WORKERS": "4"}
    assert not any(isinstance(value, Sealed) for value in facts.environment.values())
