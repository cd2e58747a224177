from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.deploy import clean
from lab.engine import leavings
from lab.engine.leavings import Leavings
from lab.errors import HostBusy
from lab.host import session
from lab.store import RunFolder
from tests.unit.unit_factories import make_run

NAMES = ("20260101-000000-aaaa", "20260102-000000-bbbb", "20260103-000000-cccc")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three runs, and an engine with one image of the lab's."""
    for name in NAMES:
        path = tmp_path / "results" / name
        path.mkdir(parents=True)
        RunFolder(path=path).write_run(make_run(id=name))
    (tmp_path / "results/up").mkdir()

    @contextmanager
    def connect() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace()

    monkeypatch.setattr(clean, "connect", connect)
    found = Leavings(images=("lab/app",), images_mib=1, cache_mib=2)
    monkeypatch.setattr(leavings, "find", lambda _client: found)
    monkeypatch.setattr(leavings, "remove", lambda _client, _found: ("lab/app",))
    return tmp_path


@pytest.mark.parametrize(("keep", "old"), [(0, NAMES), (1, NAMES[:2]), (3, ()), (9, ())])
def test_all_runs_but_the_newest_are_old(home: Path, keep: int, old: tuple[str, ...]) -> None:
    found = clean.look(home, keep=keep)
    assert tuple(folder.name for folder in found.runs) == old
    assert (found.runs_mib > 0) == bool(old)


def test_the_folder_of_a_break_is_a_run_like_the_others(home: Path) -> None:
    broken = home / "results" / "20260101-120000-abab"
    broken.mkdir()
    (broken / "break.json").write_text("{}")
    assert [folder.name for folder in clean.look(home, keep=2).runs] == [NAMES[0], broken.name]


def test_old_runs_go_and_the_newest_and_all_else_stays(home: Path) -> None:
    found = clean.look(home, keep=1)
    assert clean.remove(found, wait_s=0) == ("lab/app",)
    assert sorted(path.name for path in (home / "results").iterdir()) == [NAMES[2], "up"]


def test_nothing_goes_while_another_process_measures(home: Path) -> None:
    found = clean.look(home, keep=0)
    with session.turn(), pytest.raises(HostBusy):
        clean.remove(found, wait_s=0)
    assert all(folder.is_dir() for folder in found.runs)
