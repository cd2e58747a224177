import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab import folders, store
from lab.errors import InvalidFile, UnknownName, UsageError
from lab.model import SCHEMA_VERSION, Published
from lab.store import RunFolder
from tests.unit.results.test_duets import make_turn
from tests.unit.unit_factories import make_cell, make_deployment, make_facts, make_run, make_sample


def test_a_run_is_read_as_it_was_written(folder: RunFolder) -> None:
    cell = make_cell(deployment=make_deployment(settings=(("WORKERS", "4"),)), published=Published(mean_ms=1.5))
    run = make_run([cell], deployments=(make_facts("no"),), failures={cell.key: "why"}, phases_s={"load": 1.5})
    folder.write_run(run)
    assert folder.read_run() == run


def test_samples_are_read_as_they_were_written(folder: RunFolder) -> None:
    samples = [make_sample(0), make_sample(1, rate=500)]
    for sample in samples:
        folder.append(sample)
    assert folder.samples() == (samples, None)


@pytest.mark.parametrize(
    ("version", "why"), [(2, "an older lab wrote it"), (SCHEMA_VERSION + 1, "a newer lab"), (None, "a newer lab, or")]
)
def test_a_run_of_another_schema_is_refused_in_words(folder: RunFolder, version: int | None, why: str) -> None:
    folder.write_run(make_run())
    path = folder.path / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema_version": version}))
    with pytest.raises(InvalidFile, match=f"schema_version {version}, where this lab reads {SCHEMA_VERSION}: {why}"):
        folder.read_run()


def test_a_run_without_samples_has_none(folder: RunFolder) -> None:
    assert folder.samples() == ([], None)


@pytest.mark.parametrize("kept", [10, -1])
def test_a_torn_last_line_is_left_out_and_said_so(folder: RunFolder, kept: int) -> None:
    folder.append(make_sample(0))
    path = folder.path / "samples.jsonl"
    path.write_text(path.read_text() + path.read_text().strip()[:kept])
    samples, damage = folder.samples()
    assert samples == [make_sample(0)]
    assert damage == f"{path}:2: damaged; 1 samples before it are kept"


def test_what_comes_after_a_line_that_is_no_sample_is_left_out_and_said_so(folder: RunFolder) -> None:
    folder.append(make_sample(0))
    path = folder.path / "samples.jsonl"
    path.write_text(f'{path.read_text()}{{"cell": 7}}\n{path.read_text()}')
    assert folder.samples() == ([make_sample(0)], f"{path}:2: damaged; 1 samples before it are kept")


def test_a_repaired_journal_can_be_appended_to(folder: RunFolder) -> None:
    folder.append(make_sample(0))
    with (folder.path / "samples.jsonl").open("a") as file:
        file.write('{"cell": "to')
    folder.repair()
    folder.append(make_sample(1))
    assert folder.samples() == ([make_sample(0), make_sample(1)], None)


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, None, "1"])
def test_a_run_of_a_schema_that_is_not_known_is_refused(folder: RunFolder, version: object) -> None:
    folder.write_run(make_run())
    path = folder.path / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema_version": version}))
    with pytest.raises(InvalidFile, match="schema_version") as caught:
        folder.read_run()
    assert caught.value.exit_code == 2
    assert str(path) in caught.value.what


@pytest.mark.parametrize(
    "content",
    ["", "{", '{"schema_version": 1}', "[]", "null", "\udcff", json.dumps({"schema_version": SCHEMA_VERSION, "id": 7})],
)
def test_what_is_not_the_record_of_a_run_is_refused_in_words(folder: RunFolder, content: str) -> None:
    path = folder.path / "run.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidFile, match="1 mistake") as caught:
        folder.read_run()
    assert str(path) in caught.value.what


def test_the_record_is_replaced_as_a_whole(folder: RunFolder) -> None:
    folder.write_run(make_run())
    with (folder.path / "run.json").open() as reader:
        first = reader.read(20)
        folder.write_run(make_run(id="another"))
        assert json.loads(first + reader.read())["id"] == make_run().id  # the old file, to its end
    assert folder.read_run().id == "another"
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


def test_runs_are_found_by_id_by_path_and_the_newest_by_no_name(tmp_path: Path) -> None:
    made = []
    for name in ("20260101-000000-aaaa", "20260102-000000-bbbb"):
        path = tmp_path / "results" / name
        path.mkdir(parents=True)
        RunFolder(path=path).write_run(make_run(id=name))
        made.append(name)
    assert folders.runs(tmp_path) == made
    assert store.find(tmp_path).path.name == made[1]
    assert store.find(tmp_path, made[0]).path.name == made[0]
    assert store.find(tmp_path, str(tmp_path / "results" / made[0])).read_run().id == made[0]


def test_an_unknown_run_suggests_the_nearest(tmp_path: Path) -> None:
    identity, folder = store.create(tmp_path)
    folder.write_run(make_run(id=identity))
    with pytest.raises(UnknownName) as caught:
        store.find(tmp_path, identity[:-1])
    assert caught.value.nearest == identity


def test_a_run_of_lab_break_is_called_that_with_what_to_read_instead(tmp_path: Path) -> None:
    identity, folder = store.create(tmp_path)
    (folder.path / folders.BREAK).write_text("{}")
    for name in (identity, str(folder.path)):
        with pytest.raises(UsageError, match=f"{name} is a run of lab break: it has no samples") as caught:
            store.find(tmp_path, name)
        assert caught.value.where == str(folder.path / "break.json")
        assert str(folder.path / "break.md") in (caught.value.fix or "")
        assert f"lab break --resume {name}" in (caught.value.fix or "")


def test_where_there_is_no_run_the_next_step_is_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no run yet") as caught:
        store.find(tmp_path)
    assert "lab compare" in (caught.value.fix or "")


def test_each_run_has_a_folder_of_its_own(tmp_path: Path) -> None:
    assert len({store.create(tmp_path)[0] for _ in range(5)}) == 5


def test_ids_of_runs_are_utc_wherever_the_lab_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        identity, _ = store.create(tmp_path)
    finally:
        monkeypatch.undo()
        time.tzset()
    told = datetime.strptime(identity[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - told) < timedelta(hours=1)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = store.write_atomically(tmp_path / "file", "old\r\n")
    with pytest.raises(UnicodeEncodeError):
        store.write_atomically(path, "half a \ud800")
    assert path.read_bytes() == b"old\r\n"
    assert [*tmp_path.iterdir()] == [path]


def test_turns_of_duets_are_read_as_they_were_written_up_to_a_damaged_line(folder: RunFolder) -> None:
    assert folder.duets() == []
    turns = [make_turn(0, 2.0), make_turn(1, 2.1)]
    for turn in turns:
        folder.append_duet(turn)
    assert folder.duets() == turns
    path = folder.path / "duets.jsonl"
    path.write_text(path.read_text() + path.read_text()[:40])
    assert folder.duets() == turns
