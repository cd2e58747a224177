"""A duet of two rigs of fake containers: who is thawed, who asks whom, and whose CPU is counted to whom."""

import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker import DockerClient

from lab.errors import LabError
from lab.measure import duet
from lab.measure.duet import Side
from lab.measure.rig import Rig, wait_until
from lab.model import DuetSample
from tests.unit.measure.measure_fakes import FakeContainer, make_rig
from tests.unit.unit_factories import make_cell, make_workload
from tests.unit.unit_project import Answering

COUNTED = {"offered": 100, "sent": 100, "answered": 99, "dropped": 0, "errors": {"timeout": 1}, "bytes": 400}
REPORT = {
    "counted": COUNTED,
    "histograms": {"latency_us": "", "service_us": "", "send_lag_us": ""},
    "per_100ms": {"answered": [10] * 10},
    "elapsed_s": 1.0,
    "ramp_s": 0.0,
    "steady_s": 1.0,
    "generator": {"thread_cpu_s": [0.5]},
}
PRINTED = f"over\ncpu  50 0 50 100 0 0 0 0\n{json.dumps(REPORT)}\n{json.dumps(REPORT)}\n"


def make_side(server: Answering, row: str, *, cpu_s: float) -> tuple[Side, list[str]]:
    rig, done = make_rig(server, name=row, cpu_s=cpu_s)
    rig = replace(rig, project=f"lab-{row}")
    for container in cast(dict[str, FakeContainer], rig.services).values():
        networks = {rig.network: {"IPAddress": f"198.18.0.{len(row)}"}}
        cast(Any, container).attrs = {"NetworkSettings": {"Networks": networks}}
        cast(Any, container).reload = lambda: None
    return Side(cell=make_cell(row=row), rig=rig, workload=make_workload(), answers=("ok",)), done


def offering(rig: Rig, *, marks: bool = True) -> None:
    """The load lasts until each clock has been read three times."""
    app = cast(FakeContainer, rig.services["app"])

    def stream(_execution: str, *, stream: bool) -> Iterator[bytes]:
        assert stream
        yield b"cpu  0 0 0 0 0 0 0 0\n" + (b"ramp\n" if marks else b"")
        assert not marks or wait_until(lambda: app.readings >= 3, deadline_s=60), "nobody read the clocks"
        yield PRINTED.encode()

    cast(FakeContainer, rig.load).client.api.exec_start = stream


@pytest.fixture(autouse=True)
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duet, "SLICE_S", 0.001)


def play(row: Side, reference: Side, number: int = 0) -> tuple[DuetSample, list[str]]:
    joined: list[str] = []

    def network(name: str) -> SimpleNamespace:
        return SimpleNamespace(
            connect=lambda _load: joined.append(f"connect {name}"),
            disconnect=lambda _load, **_how: joined.append(f"disconnect {name}"),
        )

    client = cast(DockerClient, SimpleNamespace(networks=SimpleNamespace(get=network)))
    return duet.play(client, row, reference, rate=100.0, seconds=1.0, number=number), joined


def test_each_side_has_the_cpu_of_its_own_containers_slice_by_slice(server: Answering) -> None:
    (row, _), (reference, _) = make_side(server, "row", cpu_s=0.2), make_side(server, "reference", cpu_s=0.1)
    offering(row.rig)
    sample, _ = play(row, reference)
    assert (sample.cell, sample.reference, sample.first) == (row.cell.key, reference.cell.key, "cell")
    assert len(sample.slices) >= 2
    assert all(one.cpu.keys() == one.reference_cpu.keys() == {"proxy", "app"} for one in sample.slices)
    assert all(one.total > 0 and one.reference_total > 0 for one in sample.slices)


def test_both_run_for_the_length_of_a_duet_and_the_load_joins_the_other_network_for_it(server: Answering) -> None:
    (row, done), (reference, others) = make_side(server, "row", cpu_s=0.2), make_side(server, "reference", cpu_s=0.1)
    offering(row.rig)
    _, joined = play(row, reference)
    assert joined == [f"connect {reference.rig.network}", f"disconnect {reference.rig.network}"]
    assert done == ["unpause app", "unpause proxy", "exec load pace", "pause proxy", "pause app"]
    assert others == ["unpause app", "unpause proxy", "pause proxy", "pause app"]


def test_in_every_other_turn_the_reference_is_first_and_its_load_asks(server: Answering) -> None:
    (row, done), (reference, others) = make_side(server, "row", cpu_s=0.2), make_side(server, "reference", cpu_s=0.1)
    offering(reference.rig)
    sample, _ = play(row, reference, number=1)
    assert sample.first == "reference"
    assert ("exec load pace" in done, "exec load pace" in others) == (False, True)


def test_what_was_not_answered_rightly_on_either_side_is_missing(server: Answering) -> None:
    (row, _), (reference, _) = make_side(server, "row", cpu_s=0.2), make_side(server, "reference", cpu_s=0.1)
    offering(row.rig)
    sample, _ = play(row, reference)
    assert (sample.requests, sample.missing, sample.errors.timeout) == (100, 2, 2)


def test_a_load_that_does_not_say_when_its_ramp_is_over_is_told_and_both_are_frozen_again(server: Answering) -> None:
    (row, done), (reference, others) = make_side(server, "row", cpu_s=0.2), make_side(server, "reference", cpu_s=0.1)
    offering(row.rig, marks=False)
    with pytest.raises(LabError, match="does not say when its ramp is over"):
        play(row, reference)
    assert done[-2:] == others[-2:] == ["pause proxy", "pause app"]
