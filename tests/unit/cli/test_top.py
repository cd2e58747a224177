import errno
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from rich.console import Console

from lab.cli import output, top
from lab.deploy import stack_up
from lab.engine.client import in_words
from lab.errors import LabError
from lab.measure import vitals
from lab.model.vitals import OwnWord, StackReading, TierReading, TierVitals
from tests.unit.cli.cli_driving import Lab


class Looker:
    """Reads a tier whose counters grow by the second reading."""

    readings = 0

    def __init__(self, *_: object) -> None:
        Looker.readings = 0

    def read(self) -> StackReading:
        Looker.readings += 1
        told = OwnWord(requests=30.0 * Looker.readings)
        tier = TierReading(at_s=Looker.readings, cpu_ns=Looker.readings * 500_000_000, memory_bytes=2**20, told=told)
        return StackReading(tiers={"app": tier})


@pytest.fixture
def up(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def connect() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace()

    running = SimpleNamespace(project="lab-plain", target="plain@default")
    monkeypatch.setattr(vitals, "connect", connect)
    monkeypatch.setattr(stack_up, "find", lambda *_: running)
    monkeypatch.setattr(vitals, "Looker", Looker)


@pytest.mark.usefixtures("up")
def test_off_a_terminal_there_is_one_reading(lab: Lab) -> None:
    ended = lab("top", "plain", "--interval", "0.2")
    assert (ended.code, Looker.readings) == (0, 2)
    head, app, everything = ended.out.splitlines()
    assert head.split()[0] == "tier"
    assert app.split() == ["app", "0.50", "1", "-", "30.0", "-", "-", "-"]
    assert everything.split() == ["all", "0.50", "1"]


@pytest.mark.usefixtures("up")
def test_a_program_gets_figures_and_null_for_what_is_not_known(lab: Lab) -> None:
    told = json.loads(lab("top", "plain", "--interval", "0.2", "--json").out)
    (tier,) = told["tiers"]
    assert (told["stack"], told["interval_s"]) == ("plain@default", 0.2)
    assert (tier["tier"], tier["cpu_cores"], tier["requests_per_s"], tier["errors_per_s"]) == ("app", 0.5, 30, None)


@pytest.mark.usefixtures("up")
def test_at_a_terminal_it_goes_on_until_ctrl_c_which_is_no_failure(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(_: float) -> None:
        if Looker.readings == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(output, "stdout", lambda: Console(force_terminal=True, width=120))
    ended = lab("top", "plain")
    assert (ended.code, Looker.readings) == (0, 4)
    assert "plain@default" in ended.out
    assert "30.0" in ended.out


@pytest.mark.usefixtures("up")
def test_at_a_terminal_once_is_one_reading(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "stdout", lambda: Console(force_terminal=True, width=120))
    assert lab("top", "plain", "--once", "--interval", "0.2").code == 0
    assert Looker.readings == 2


@pytest.mark.usefixtures("up")
def test_a_stack_that_goes_away_ends_the_view_in_words(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: Looker) -> StackReading:
        raise LabError("lab-plain is no longer up")

    monkeypatch.setattr(Looker, "read", gone)
    ended = lab("top", "plain")
    assert (ended.code, ended.out) == (1, "")
    assert "lab-plain is no longer up" in ended.err


def test_without_an_engine_it_ends_with_3(lab: Lab) -> None:
    assert lab("top", "plain").code == 3


@pytest.mark.usefixtures("up")
def test_a_reader_who_goes_away_is_not_taken_for_the_engine(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def connect() -> Iterator[SimpleNamespace]:
        with in_words():
            yield SimpleNamespace()

    def gone(*_: object, **__: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(vitals, "connect", connect)
    monkeypatch.setattr(output, "print_table", gone)
    ended = lab("top", "plain", "--interval", "0.2")
    assert (ended.code, ended.err) == (1, "")


def vital(name: str, *notes: str) -> TierVitals:
    return TierVitals(
        tier=name,
        state="running",
        cpu_cores=0.5,
        memory_mib=100,
        limit_mib=1228,
        requests_per_s=1000,
        errors_per_s=0,
        waiting=3,
        connections=7,
        notes=notes,
    )


EXPORTED = (vital("postgres", "paused"), vital("postgres-exporter"))


@pytest.mark.parametrize("width", [60, 200])
def test_a_table_fits_its_terminal_and_names_and_notes_are_whole(width: int) -> None:
    shape = top.fitted(EXPORTED, width=width)
    widths = [max(map(len, column)) for column in zip(shape.header, *shape.rows, strict=True)]
    assert sum(widths) + shape.gap * (len(widths) - 1) <= width
    assert [row[0] for row in shape.rows] == ["postgres", "postgres-exporter", "all"]
    assert shape.notes == (("postgres: paused",) if width == 60 else ())
    assert (shape.header == top.HEADER) == (width == 200)


def test_off_a_terminal_the_table_is_whole() -> None:
    assert top.fitted(EXPORTED, width=None).header == top.HEADER


def test_a_narrow_live_view_cuts_no_word() -> None:
    console = Console(force_terminal=True, width=60)
    with console.capture() as shown:
        console.print(top._table("plain@default", EXPORTED, interval_s=2, width=console.width))
    assert "…" not in shown.get()
    assert "postgres-exporter" in shown.get()
    assert "postgres: paused" in shown.get()
