"""A /proc of the test's own."""

from pathlib import Path


def write_task(proc: Path, pid: int, tid: int, *, state: str = "S", syscall: str = "", children: str = "") -> Path:
    """A thread as /proc shows it; its name has what names may have."""
    folder = proc / str(pid) / "task" / str(tid)
    (folder / "fd").mkdir(parents=True, exist_ok=True)
    (folder / "stat").write_text(f"{tid} (a) b c) {state} 1 1 1")
    (folder / "schedstat").write_text("1500000000 250000000 9\n")
    (folder / "syscall").write_text(syscall)
    (folder / "children").write_text(children)
    return folder


def write_net(proc: Path, pid: int, **files: str) -> None:
    folder = proc / str(pid) / "net"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
