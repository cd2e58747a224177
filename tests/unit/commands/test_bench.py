from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.catalog import Catalog
from lab.commands import bench
from lab.errors import HostBusy, Interrupted
from lab.host import power
from lab.measure.progress import Observer
from lab.store import RunFolder
from tests.unit.unit_factories import make_run


class Warned(Observer):
    """Keeps what it was warned of."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)


def stopped_by(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """What measures meets this as soon as it has its turn."""

    @contextmanager
    def workplace(**_options: object) -> Iterator[None]:
        raise error
        yield

    monkeypatch.setattr(bench, "workplace", workplace)


def carry_out(catalog: Catalog, folder: RunFolder, observer: Observer) -> None:
    bench.carry_out(catalog, folder.read_run(), folder, observer=observer, wait_s=0, say=lambda _: None)


def test_a_run_on_a_host_whose_clock_may_change_says_so_and_keeps_it(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, observer = RunFolder(path=tmp_path), Warned()
    folder.write_run(make_run())
    monkeypatch.setattr(power, "unsteady", lambda: ("it runs on battery",))
    stopped_by(monkeypatch, HostBusy("busy"))
    for _ in range(2):
        with pytest.raises(HostBusy):
            carry_out(catalog, folder, observer)
    assert folder.read_run().unsteady == ("it runs on battery",)
    assert observer.warnings == ["this host's clock may change while it measures: it runs on battery"] * 2


def test_an_interrupted_run_keeps_the_time_that_it_took(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(path=tmp_path)
    folder.write_run(make_run(phases_s={"load": 5.0, "total": 9.0}))
    stopped_by(monkeypatch, KeyboardInterrupt())
    with pytest.raises(Interrupted, match="0 samples are kept"):
        carry_out(catalog, folder, Observer())
    kept = folder.read_run().phases_s
    assert kept["load"] == 5.0
    assert kept["total"] >= 9.0
