"""What `lab why` saw of real stacks, each of which gave way in one manner: the diagnosis names it still.

A file is the `observed.json` of one run of a case of tests/why, made on a busy machine of two cores.
"""

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from lab.diagnosis.diagnose import diagnose
from lab.model.evidence import Evidence
from tests.why.cases import CASES, Case

RECORDED = Path(__file__).parent / "recorded"
OF_THE_LAB = (
    Case(target="uvicorn-fastapi@sync", rate=600, cause="slots", tier="app"),
    Case(target="service-uvicorn-fastapi", rate=300, cause=None),
)
"""Stacks of the lab's own; the first has 40 threads, all of which wait for the same core in between."""
CASE_OF = {case.target: case for case in (*CASES, *OF_THE_LAB)}


@pytest.mark.parametrize("path", sorted(RECORDED.iterdir()), ids=lambda path: path.stem)
def test_what_gave_way_first_is_named_from_what_was_seen(path: Path) -> None:
    case, observed = CASE_OF[path.stem], TypeAdapter(Evidence).validate_json(path.read_bytes())
    found = diagnose(observed)
    assert (found.first.cause if found.first else None) == case.cause, found
    assert (found.first.tier if found.first else "") == case.tier, found
    assert (found.outcome == "healthy") == (case.cause is None)


def test_all_cases_are_recorded() -> None:
    assert {path.stem for path in RECORDED.iterdir()} == set(CASE_OF)
