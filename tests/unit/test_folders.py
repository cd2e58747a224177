from pathlib import Path

import pytest

from lab import folders


def make_run(folder: Path, name: str = "one") -> Path:
    (folder / "results" / name).mkdir(parents=True)
    (folder / "results" / name / "run.json").write_text("{}")
    return folder


def make_clone(folder: Path) -> Path:
    (folder / "compose").mkdir(parents=True)
    (folder / "stacks").mkdir()
    (folder / "stacks" / "openapi.yaml").write_text("")
    return folder


def test_what_is_named_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_ROOT", str(tmp_path))
    monkeypatch.chdir(make_run(tmp_path / "elsewhere"))
    assert folders.results_root() == tmp_path


@pytest.mark.parametrize("make", [make_run, make_clone])
def test_else_the_nearest_folder_with_runs_or_the_labs_own_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: type
) -> None:
    monkeypatch.delenv("LAB_ROOT", raising=False)
    made = make(tmp_path / "here")
    (made / "deep" / "results").mkdir(parents=True)  # somebody's results, without a run of the lab
    monkeypatch.chdir(made / "deep" / "results")
    assert folders.results_root() == made


def test_else_the_clone_that_the_lab_was_installed_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert folders.results_root() == Path(folders.__file__).parents[1]


def test_runs_are_listed_by_name_and_nothing_else_is(tmp_path: Path) -> None:
    make_run(tmp_path, "b")
    make_run(tmp_path, "a")
    (tmp_path / "results" / "other").mkdir()
    assert folders.runs(tmp_path) == ["a", "b"]


def test_what_was_broken_is_kept_beside_the_runs(tmp_path: Path) -> None:
    make_run(tmp_path, "c")
    (tmp_path / "results" / "b").mkdir()
    (tmp_path / "results" / "b" / "break.json").write_text("{}")
    assert (folders.runs(tmp_path), folders.breaks(tmp_path)) == (["c"], ["b"])
    assert folders.kept(tmp_path) == ["b", "c"]
