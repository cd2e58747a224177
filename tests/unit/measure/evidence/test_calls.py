import pytest

from lab.measure.evidence import calls


@pytest.mark.parametrize(("machine", "number"), [("x86_64", 230), ("aarch64", 115)])
def test_a_number_means_what_the_architecture_says(machine: str, number: int) -> None:
    assert calls.name(number, machine=machine) == "clock_nanosleep"


@pytest.mark.parametrize(("machine", "number"), [("x86_64", 75), ("aarch64", 83)])
def test_waiting_for_the_disk_has_a_name(machine: str, number: int) -> None:
    assert calls.name(number, machine=machine) == "fdatasync"


def test_a_call_that_nobody_waits_in_keeps_its_number() -> None:
    assert calls.name(9999, machine="x86_64") == "9999"
    assert calls.name(230, machine="another") == "230"


def test_both_architectures_know_the_calls_that_name_a_descriptor() -> None:
    known = [set(names.values()) for names in calls._NAMES.values()]
    assert all(calls.ON_A_DESCRIPTOR - {"accept", "accept4"} <= names for names in known)
