import pytest

from lab.catalog import settings
from tests.unit.unit_factories import make_stack, make_workload

WORKLOADS = {"health": make_workload(delay_setting="HEALTH_DELAY")}


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", ""])
def test_a_count_that_is_none_is_told(value: str) -> None:
    found = [*settings.wrong({"WORKERS": value}, counts=frozenset({"WORKERS"}), workloads={})]
    assert found == [("WORKERS", f"must be a whole number above 0, not {value!r}")]


@pytest.mark.parametrize("value", ["-0.1", "soon", "inf", "nan", ""])
def test_a_delay_that_is_none_is_told(value: str) -> None:
    found = [*settings.wrong({"HEALTH_DELAY": value}, counts=frozenset(), workloads=WORKLOADS)]
    assert found == [("HEALTH_DELAY", f"must be a number of seconds, not {value!r}")]


def test_right_values_and_settings_that_are_texts_pass() -> None:
    given = {"WORKERS": "4", "HEALTH_DELAY": "0.05", "WORKER_CLASS": "sync"}
    assert [*settings.wrong(given, counts=frozenset({"WORKERS"}), workloads=WORKLOADS)] == []


def test_the_counts_of_a_stack_are_what_its_slots_and_processes_multiply() -> None:
    stack = make_stack(slots={"one": ("WORKERS", "2")}, processes={"one": ("THREADS",)})
    wrong = settings.wrong_for(stack, {"WORKERS": "no", "THREADS": "no", "OTHER": "no"}, workloads={})
    assert [key for key, _ in wrong] == ["WORKERS", "THREADS"]
