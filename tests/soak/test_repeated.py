"""Tests of the suite whose outcome could hang on a moment or on an example, many times over."""

import os
import random
import subprocess
import sys

import pytest

from tests.e2e.driving import ROOT

pytestmark = pytest.mark.timeout(43_200)
TIMES = 50
RACES = [
    "tests/e2e/test_turns.py::test_a_second_lab_is_told_who_measures_and_touches_nothing",
    "tests/e2e/test_daily.py::test_up_asks_compose_twice_and_the_engine_once_for_each_thing_it_must_know",
    "tests/e2e/test_interrupt.py::test_a_round_that_is_under_way_is_broken_off_and_measured_anew",
    "tests/e2e/test_interrupt.py::test_an_interrupted_up_leaves_nothing",
    "tests/unit/host/test_session.py",
    "tests/unit/load/test_burst_script.py",
]


EXAMPLES = 5000
ODD_REQUESTS = 100_000
STORIES = 300


def run(test: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "pytest", "-q", "-rP", "-p", "no:cacheprovider", test]
    return subprocess.run(
        argv, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("test", RACES)
def test_it_is_green_fifty_times(test: str) -> None:
    for number in range(TIMES):
        done = run(test)
        assert done.returncode == 0, f"time {number + 1} of {TIMES}:\n{done.stdout}"


def test_every_variant_behind_nginx_keeps_the_contract_too() -> None:
    done = run("tests/contract", CONTRACT_WHOLE="yes")
    assert done.returncode == 0, done.stdout


def test_every_service_stack_is_asked_what_takes_long() -> None:
    done = run("tests/service/conformance", SERVICE_WHOLE="yes")
    assert done.returncode == 0, done.stdout


def test_a_hundred_thousand_odd_requests_get_the_same_answers_of_all_services() -> None:
    together = "tests/service/conformance/test_together.py::test_odd_requests_get_the_same_answers"
    seed = random.randrange(2**32)  # noqa: S311
    done = run(together, ODD_REQUESTS=str(ODD_REQUESTS), ODD_SEED=str(seed))
    assert done.returncode == 0, done.stdout
    assert f"{ODD_REQUESTS:,} odd requests of seed {seed}" in done.stdout  # so many were asked for, and not fewer


def test_hundreds_of_other_stories_go_by_the_rules_of_the_service() -> None:
    done = run("tests/service/conformance/test_model.py", MODEL_EXAMPLES=str(STORIES), SERVICE_WHOLE="yes")
    assert done.returncode == 0, done.stdout
    assert f"at most {STORIES:,} stories" in done.stdout


def test_properties_hold_of_thousands_of_other_examples() -> None:
    done = run("tests/unit/properties", PROPERTY_EXAMPLES=str(EXAMPLES))
    assert done.returncode == 0, done.stdout
