import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.commands import why
from lab.commands.why import RateQuestion, Reason
from lab.diagnosis import diagnose
from lab.diagnosis.remedy import ComposeLine, Step
from lab.model.evidence import Evidence
from tests.unit.cli.cli_driving import Lab
from tests.unit.diagnosis.diagnosis_scenes import CROWDED, SLOTS, make_observed

STEP = Step(
    words="more workers or threads for app",
    setting="THREADS",
    value="33",
    line=ComposeLine(path="compose/a.yaml", number=7, text='THREADS: "${THREADS:-1}"'),
    change="THREADS=33",
)


def let_it_see(monkeypatch: pytest.MonkeyPatch, seen: Evidence, *, step: Step | None = None) -> list[RateQuestion]:
    asked: list[RateQuestion] = []

    def answer(question: RateQuestion, **_: Any) -> Reason:
        asked.append(question)
        return Reason(
            question=question,
            observed=seen,
            diagnosis=diagnose.diagnose(seen),
            step=step,
            command="lab why proxied@pool --set THREADS=33" if step else None,
            kept=Path("results/why/proxied/observed.json"),
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
    ended = lab("why", "proxied@pool", "--rate=500", "-d", "5", "--timeout=2")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == "proxied@pool, ping at 500/s: slots of app gave way first."
    assert "first: slots of app, seen from 0.0 s on" in lines
    assert any("4 requests of app at a time waited in clock_nanosleep" in line for line in lines)
    assert '  compose/a.yaml:7: THREADS: "${THREADS:-1}"' in lines
    assert "  test it: lab why proxied@pool --set THREADS=33" in lines
    assert (asked[0].rate, asked[0].duration_s, asked[0].timeout_s) == (500, 5, 2)


def test_a_healthy_stack_is_called_healthy(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    let_it_see(monkeypatch, make_observed())
    ended = lab("why", "plain", "--rate=100")
    assert ended.code == 0
    assert "nothing gave way. 300 of 300 requests answered, p50 100 ms, p99 120 ms." in ended.out


def test_evidence_that_does_not_decide_ends_with_the_candidates_and_exit_code_7(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = replace(make_observed(course=CROWDED), blind=("in which system calls threads wait: only root sees that",))
    let_it_see(monkeypatch, blind)
    ended = lab("why", "plain", "--rate=100")
    assert ended.code == 7
    assert "a limit inside of the application" in ended.err
    assert "only root sees that" in ended.err
    assert "not seen: in which system calls" in ended.out


def test_json_has_every_clue_the_step_and_the_load(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    let_it_see(monkeypatch, SLOTS, step=STEP)
    told = json.loads(lab("why", "proxied@pool", "--rate=500", "--json").out)
    assert (told["outcome"], told["first"]["cause"], told["first"]["at_once"]) == ("found", "slots", 4)
    assert told["next"]["line"]["number"] == 7
    assert told["next"]["command"] == "lab why proxied@pool --set THREADS=33"
    assert told["load"]["offered"] == 300
    assert told["candidates"] == []
