import subprocess
import tarfile
from pathlib import Path

from lab.bundle import project


def names(archive: Path) -> set[str]:
    with tarfile.open(archive) as tar:
        return set(tar.getnames())


def filled(folder: Path) -> Path:
    for name in (
        "lab/a.py",
        "README.md",
        "lab/__pycache__/a.pyc",
        "results/x/run.json",
        ".venv/bin/lab",
        ".dockerignore",
    ):
        path = folder / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder / "home"


def test_without_git_all_is_packed_but_caches_and_runs(tmp_path: Path) -> None:
    project.pack(filled(tmp_path), tmp_path / "p.tar.gz")
    assert names(tmp_path / "p.tar.gz") == {"lab/a.py", "README.md", ".dockerignore"}


def test_in_a_clone_only_what_git_tracks_is_packed_as_it_is_now(tmp_path: Path) -> None:
    home = filled(tmp_path)
    for command in (["init", "-q"], ["add", "README.md", "lab/a.py"]):
        subprocess.run(["git", "-C", str(home), *command], check=True)
    (home / "secret.env").write_text("KEY=1")
    (home / "lab/a.py").unlink()
    project.pack(home, tmp_path / "p.tar.gz")
    assert names(tmp_path / "p.tar.gz") == {"README.md"}
