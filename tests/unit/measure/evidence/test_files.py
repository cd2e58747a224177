import os
import resource
from pathlib import Path

from lab.measure.evidence import files


def write_process(proc: Path, pid: int, *, count: int, limit: str) -> None:
    (proc / str(pid) / "fd").mkdir(parents=True)
    for number in range(count):
        (proc / str(pid) / "fd" / str(number)).touch()
    (proc / str(pid) / "limits").write_text(
        f"Limit Soft Hard Units\nMax open files            {limit}                 4096                 files\n"
    )


def test_the_process_nearest_to_its_limit_is_told(tmp_path: Path) -> None:
    write_process(tmp_path, 10, count=5, limit="1000")
    write_process(tmp_path, 11, count=4, limit="8")
    found = files.fullest([10, 11, 99], tmp_path)
    assert found is not None
    assert (found.pid, found.open, found.limit) == (11, 4, 8)


def test_what_is_not_shown_or_not_limited_is_unknown(tmp_path: Path) -> None:
    write_process(tmp_path, 10, count=5, limit="unlimited")
    assert files.fullest([10, 99], tmp_path) is None


def test_this_process_has_its_limit() -> None:
    found = files.fullest([os.getpid()])
    assert found is not None
    assert found.limit == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert 0 < found.open < found.limit
