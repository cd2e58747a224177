from collections.abc import Callable

import pytest

from lab.cli import measuring, units
from lab.commands import bench
from lab.errors import UsageError
from lab.model import Run
from tests.unit.cli.cli_driving import Lab
from tests.unit.unit_factories import make_run


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (units.read_rate, "2000", 2000.0),
        (units.read_rate, "0.5/s", 0.5),
        (units.read_rate, "1000000 / s", 1e6),
        (units.read_duration, "6", 6),
        (units.read_duration, "90s", 90),
        (units.read_duration, "2m", 120),
        (units.read_warmup, "0", 0.0),
        (units.read_warmup, "10s", 10.0),
        (units.read_duet, "0", 0.0),
        (units.read_duet, "10.0", 10.0),
        (units.read_duet, "1.5 min", 90.0),
        (units.read_duet, "1h", 3600.0),
        (units.read_duet_rate, "20", 20.0),
        (units.read_duet_rate, "2000/s", 2000.0),
    ],
)
def test_figures_are_read_with_their_unit_or_without(read: Callable[[str], float], text: str, value: float) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--rate", "2000/min"), "--rate 2000/min is not a rate that can be offered"),
        (("--rate", "0"), "more than 0 and at most 1,000,000"),
        (("--rate", "1000001"), "more than 0 and at most 1,000,000"),
        (("--rate", "fast"), "--rate 2000 or --rate 2000/s"),
        (("--duet", "5x"), "--duet 5x is no time in which two stacks can be compared"),
        (("--duet", "3"), "at least 4 seconds, or a time with its unit, or 0 for none"),
        (("--duet-rate", "19"), "--duet-rate 19 is not a rate at which two stacks can be compared"),
        (("--duet-rate", "2k"), "20 to 1,000,000: --duet-rate 2000"),
        (("--warmup", "90"), "1 to 60 seconds at most, or 0 for none"),
        (("--warmup", "0.5"), "--warmup 0.5 is no time"),
        (("-d", "0"), "whole seconds, at least 1"),
        (("-d", "1.5"), "--duration 1.5 is no time"),
        (("-d", "6 apples"), "-d 6, -d 90s or -d 2m"),
    ],
)
def test_what_makes_no_sense_is_refused_and_told_with_what_is_allowed(
    lab: Lab, options: tuple[str, ...], said: str
) -> None:
    ended = lab("bench", "plain", "--dry-run", *options)
    assert ended.code == UsageError.exit_code
    assert said in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(("options", "rate"), [(("--duet-rate", "2000/s"), 2000.0), ((), None)])
def test_the_rate_of_duets_is_kept_with_the_run(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], rate: float | None
) -> None:
    planned: list[Run] = []
    monkeypatch.setattr(bench, "start", lambda *_, **__: (make_run(), None))
    monkeypatch.setattr(measuring, "carry_out", lambda _catalog, run, _folder, **_: planned.append(run))
    assert lab("bench", "plain", "proxied", *options).code == 0
    assert [run.duet_rate for run in planned] == [rate]
