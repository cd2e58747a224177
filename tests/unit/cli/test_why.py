import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.commands import why
from lab.commands.earlier import Change, RateAnswer
from lab.commands.why import RateQuestion, Reason
from lab.diagnosis import diagnose
from lab.diagnosis.finding import Clue
from lab.diagnosis.remedy import ComposeLine, Step
from lab.model import ErrorCounts
from lab.model.evidence import Evidence, WrongAnswers
from tests.unit.cli.cli_driving import Lab
from tests.unit.diagnosis.diagnosis_scenes import CROWDED, SLOTS, make_observed, make_tier

STEP = Step(
    words="more workers or threads for app",
    setting="THREADS",
    value="33",
    line=ComposeLine(path="compose/a.yaml", number=7, text='THREADS: "${THREADS:-1}"'),
    change="THREADS=33",
)


def let_it_see(
    monkeypatch: pytest.MonkeyPatch,
    seen: Evidence,
    *,
    step: Step | None = None,
    change: Change | None = None,
    hints: tuple[str, ...] = (),
) -> list[RateQuestion]:
    asked: list[RateQuestion] = []

    def answer(question: RateQuestion, **_: Any) -> Reason:
        asked.append(question)
        return Reason(
            question=question,
            observed=seen,
            diagnosis=diagnose.diagnose(seen),
            step=step,
            command="lab why proxied@pool --set THREADS=33" if step else None,
            change=change,
            kept=Path("results/why/proxied/observed.json"),
            hints=hints,
        )

    monkeypatch.setattr(why, "answer", answer)
    return asked


def test_a_rate_must_be_given_and_be_one(lab: Lab) -> None:
    assert lab("why", "plain").code == 2
    ended = lab("why", "plain", "--rate=0")
    assert ended.code == 2
    assert "0 is not a rate" in ended.err


def test_what_gave_way_first_is_told_with_evidence_and_what_to_try(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = let_it_see(monkeypatch, SLOTS, step=STEP)
    ended = lab("why", "proxied@pool", "--rate=500", "-d", "5", "--timeout=2", "--cpus=1")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == "proxied@pool, ping at 500/s, on 1 core: slots of app gave way first."
    assert "first: slots of app, seen from 0.0 s on" in lines
    assert any("4 requests of app at a time waited in clock_nanosleep" in line for line in lines)
    assert '  compose/a.yaml:7: THREADS: "${THREADS:-1}"' in lines
    assert "  test it: lab why proxied@pool --set THREADS=33" in lines
    assert (asked[0].rate, asked[0].duration_s, asked[0].timeout_s) == (500, 5, 2)
    assert (asked[0].others, asked[0].shape) == (("--timeout", "2", "--cpus", "1"), ("--cpus", "1"))


def test_a_healthy_stack_is_called_healthy(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    let_it_see(monkeypatch, make_observed())
    ended = lab("why", "plain", "--rate=100")
    assert ended.code == 0
    assert "nothing gave way. 300 of 300 requests answered, p50 100 ms, p99 120 ms." in ended.out


def test_evidence_that_does_not_decide_ends_with_the_candidates_and_exit_code_7(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = replace(make_observed(course=CROWDED), blind=("in which system calls threads wait: only root sees that",))
    let_it_see(monkeypatch, blind, hints=("app answered 30.0/s, which is 3 at a time",))
    ended = lab("why", "plain", "--rate=100")
    assert ended.code == 7
    assert "app answered 30.0/s, which is 3 at a time; it may be a limit inside" in ended.err
    assert "a limit inside of the application" in ended.err
    assert "only root sees that" in ended.err
    assert "not seen: in which system calls" in ended.out


def test_a_status_that_a_tier_itself_answers_is_a_candidate(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = {500: WrongAnswers(count=289, first_s=0.2, fastest_ms=1, slowest_ms=40)}
    course = replace(CROWDED, refusals=refusals, errors=ErrorCounts(status=289))
    let_it_see(monkeypatch, make_observed(course=course))
    ended = lab("why", "plain", "--rate=100")
    assert ended.code == 7
    assert "a tier itself answers 500: what it writes to its log, or the code that answers so, says why" in ended.err


def found(*, threads: str, at_once: int, answered: int, image: str = "sha256:1") -> RateAnswer:
    return RateAnswer(
        workload="ping",
        rate=500,
        duration_s=5,
        settings={"THREADS": threads},
        files="same",
        images={"app": image},
        answered=answered,
        first=Clue(cause="slots", tier="app", since_s=0.5, evidence=("seen",), at_once=at_once),
        outcome="found",
    )


def test_a_setting_that_changed_nothing_is_told(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    change = Change(before=found(threads="4", at_once=1, answered=98), now=found(threads="8", at_once=1, answered=99))
    let_it_see(monkeypatch, SLOTS, step=STEP, change=change)
    assert (
        "the last time, with THREADS=4: slots of app, 1 at once, 98 answers; now slots of app, 1 at once, 99 answers. "
        "The change is not what it waits for."
    ) in lab("why", "proxied@pool", "--rate=500").out.splitlines()


def test_another_image_is_told_as_what_was_changed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    change = Change(
        before=found(threads="4", at_once=4, answered=98),
        now=found(threads="4", at_once=4, answered=398, image="sha256:2"),
    )
    let_it_see(monkeypatch, SLOTS, step=STEP, change=change)
    assert "the last time, with another image of app: slots" in lab("why", "proxied@pool", "--rate=500").out


def test_other_files_of_settings_are_told_beside_what_else_was_changed(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, now = found(threads="4", at_once=4, answered=98), found(threads="8", at_once=8, answered=397)
    let_it_see(monkeypatch, SLOTS, step=STEP, change=Change(before=replace(before, files="others"), now=now))
    assert "with THREADS=4 and another configuration: slots" in lab("why", "proxied@pool", "--rate=500").out


def test_a_setting_that_did_something_is_told_without_a_judgement(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    change = Change(before=found(threads="4", at_once=4, answered=98), now=found(threads="8", at_once=8, answered=197))
    let_it_see(monkeypatch, SLOTS, step=STEP, change=change)
    out = lab("why", "proxied@pool", "--rate=500").out
    assert "now slots of app, 8 at once, 197 answers." in out
    assert "not what it waits for" not in out


def test_what_gave_way_for_an_unknown_reason_is_not_called_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    before = replace(found(threads="4", at_once=4, answered=600), first=None, outcome="healthy")
    now = replace(before, settings={"THREADS": "8"}, answered=258, outcome="undecided")
    let_it_see(monkeypatch, make_observed(course=CROWDED), change=Change(before=before, now=now))
    assert (
        "the last time, with THREADS=4: nothing gave way, 600 answers; now something gave way, not known what, 258 "
        "answers."
    ) in lab("why", "plain", "--rate=100").out.splitlines()


def test_what_will_give_way_later_is_told_of_a_healthy_stack(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    leaking = make_observed(app=lambda at_s: make_tier(memory_mib=50 + 100 * at_s))
    let_it_see(monkeypatch, leaking)
    ended = lab("why", "plain", "--rate=100")
    assert ended.code == 0
    assert "not yet, but coming: Memory of app grew by 300 MiB" in ended.out


def test_json_has_every_clue_the_step_and_the_load(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    let_it_see(monkeypatch, SLOTS, step=STEP)
    told = json.loads(lab("why", "proxied@pool", "--rate=500", "--json").out)
    assert (told["outcome"], told["first"]["cause"], told["first"]["at_once"]) == ("found", "slots", 4)
    assert told["next"]["line"]["number"] == 7
    assert told["next"]["command"] == "lab why proxied@pool --set THREADS=33"
    assert told["load"]["offered"] == 300
    assert told["candidates"] == []
