import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab import chain
from lab.errors import EditedRun, InvalidFile
from lab.journal import Journal
from lab.results import integrity
from lab.store import RunFolder
from tests.unit.results.test_duets import make_turn
from tests.unit.unit_factories import make_cell, make_run, make_sample

SAMPLES = 4


def keep(path: Path, *, finished: bool = True) -> RunFolder:
    """A run of four samples and two turns of a duet, as a journal leaves it."""
    folder = RunFolder(path=path)
    journal = Journal(folder, make_run([make_cell()], rounds=SAMPLES), phases_s=dict)
    for number in range(SAMPLES):
        journal.add_sample(make_sample(number, 500 + number))
    for number in range(2):
        journal.add_duet(make_turn(number, 2.0))
    if finished:
        journal.finish()
        (path / "results.json").write_text("{}\n")
        integrity.attest(folder)
    return RunFolder(path=path)


def all_edits(folder: RunFolder) -> list[integrity.Edit]:
    return integrity.edits(folder) or integrity.edited_reports(folder)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return keep(tmp_path)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep(tmp_path_factory.mktemp("kept")).path


def test_a_run_that_nobody_edited_is_as_it_was_written(folder: RunFolder) -> None:
    assert all_edits(folder) == []


FILES = ("run.json", "samples.jsonl", "duets.jsonl", "results.json", integrity.SUMS)


@st.composite
def edited(draw: st.DrawFn, content: bytes) -> bytes:
    """The same file after one edit: a byte changed, added or dropped, or a line dropped, doubled or moved."""
    lines = content.splitlines(keepends=True)
    place, other = draw(st.integers(0, len(content) - 1)), draw(st.integers(0, len(lines) - 1))
    line = draw(st.integers(0, len(lines) - 1))
    byte = bytes([draw(st.integers(0, 255))])
    swapped = lines.copy()
    swapped[line], swapped[other] = swapped[other], swapped[line]
    return draw(
        st.sampled_from(
            [
                content[:place] + byte + content[place + 1 :],
                content[:place] + byte + content[place:],
                content + byte,
                content[:place] + content[place + 1 :],
                content[:place],
                b"".join([*lines[:line], *lines[line + 1 :]]),
                b"".join([*lines[: line + 1], *lines[line:]]),
                b"".join(swapped),
            ]
        )
    )


@settings(deadline=None, derandomize=True, database=None)
@given(st.data(), st.sampled_from(FILES))
def test_any_single_edit_of_a_finished_run_is_found(kept: Path, data: st.DataObject, name: str) -> None:
    path = kept / name
    before = path.read_bytes()
    after = data.draw(edited(before))
    try:
        path.write_bytes(after)
        found = all_edits(RunFolder(path=kept))
        assert bool(found) == (after != before)
        assert all(edit.file and edit.what for edit in found)
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("name", FILES[1:])
def test_a_file_that_is_gone_is_missed(folder: RunFolder, name: str) -> None:
    (folder.path / name).unlink()
    (edit, *_) = all_edits(folder)
    assert edit.file == name


def edit_line(folder: RunFolder, name: str, number: int, old: str, new: str) -> None:
    path = folder.path / name
    lines = path.read_text().split("\n")
    assert old in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(old, new, 1)
    path.write_text("\n".join(lines))


def test_an_edited_line_is_named_and_no_other(folder: RunFolder) -> None:
    edit_line(folder, "samples.jsonl", 2, '"round":1', '"round":7')
    (edit,) = integrity.edits(folder)
    assert str(edit) == "samples.jsonl:2: is not as it was written: its hash does not fit"


def test_a_dropped_line_is_named_by_the_one_that_follows_nothing(folder: RunFolder) -> None:
    path = folder.path / "samples.jsonl"
    lines = path.read_text().split("\n")
    path.write_text("\n".join([*lines[:1], *lines[2:]]))
    first, second = integrity.edits(folder)
    assert (first.line, second.line) == (2, SAMPLES)
    assert "does not follow the line before it" in first.what
    assert "run.json counts 4 lines" in second.what


def test_a_line_that_was_dropped_at_the_end_is_missed_by_the_count(folder: RunFolder) -> None:
    path = folder.path / "duets.jsonl"
    path.write_text(path.read_text().split("\n")[0] + "\n")
    (edit,) = integrity.edits(folder)
    assert str(edit) == "duets.jsonl:2: is gone, or cut off: run.json counts 2 lines in the file"


def test_a_broken_record_is_named_with_its_line_where_it_is_no_json(folder: RunFolder) -> None:
    path = folder.path / "run.json"
    path.write_text(path.read_text().replace(',\n "id"', '\n "id"', 1))
    (edit,) = integrity.edits(folder)
    assert (edit.file, edit.line is not None) == ("run.json", True)


@pytest.mark.parametrize("tail", ["", '{"sha256":"ab', "\udcff"])
def test_a_torn_last_line_of_a_run_that_was_interrupted_is_no_edit(tmp_path: Path, tail: str) -> None:
    folder = keep(tmp_path, finished=False)
    with (tmp_path / "samples.jsonl").open("ab") as file:
        file.write(tail.encode("utf-8", "surrogateescape"))
    assert all_edits(folder) == []
    assert integrity.is_torn(folder) == bool(tail)


def test_a_line_that_was_written_as_a_process_was_killed_is_no_edit_and_two_are(tmp_path: Path) -> None:
    keep(tmp_path, finished=False).append(make_sample(8))
    folder = RunFolder(path=tmp_path)
    assert integrity.edits(folder) == []
    folder.append(make_sample(9))
    (edit,) = integrity.edits(folder)
    assert (edit.file, edit.line) == ("samples.jsonl", SAMPLES + 1)


def test_a_resumed_run_continues_the_chain(tmp_path: Path) -> None:
    folder = keep(tmp_path, finished=False)
    with (tmp_path / "samples.jsonl").open("a") as file:
        file.write('{"sha256":"')
    folder.repair()
    integrity.require_unedited(folder)
    journal = Journal(RunFolder(path=tmp_path), folder.read_run(), phases_s=dict)
    journal.add_sample(make_sample(SAMPLES))
    journal.finish()
    again = RunFolder(path=tmp_path)
    assert integrity.edits(again) == []
    assert len(again.samples()[0]) == SAMPLES + 1


def test_what_is_dropped_while_a_run_goes_on_is_found_too(tmp_path: Path) -> None:
    journal = Journal(RunFolder(path=tmp_path), make_run([make_cell()], rounds=SAMPLES), phases_s=dict)
    for number in range(2):
        journal.add_sample(make_sample(number))
    path = tmp_path / "samples.jsonl"
    path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n")
    journal.add_sample(make_sample(2))
    assert integrity.edits(RunFolder(path=tmp_path))


def test_a_run_that_was_edited_does_not_go_on(folder: RunFolder) -> None:
    edit_line(folder, "samples.jsonl", 1, '"round":0', '"round":5')
    with pytest.raises(EditedRun, match="not as the lab wrote it") as caught:
        integrity.require_unedited(folder)
    assert caught.value.exit_code == 1
    assert "samples.jsonl:1" in str(caught.value)


def test_whoever_computes_all_hashes_anew_is_not_found(folder: RunFolder) -> None:
    run = replace(folder.read_run(), command="lab bench something-else")
    samples = folder.samples()[0]
    (folder.path / "samples.jsonl").unlink()
    forged = RunFolder(path=folder.path)
    for sample in samples[:2]:
        forged.append(sample)
    forged.write_run(run)
    assert integrity.edits(RunFolder(path=folder.path)) == [], integrity.LIMIT


def test_a_run_of_an_older_lab_is_refused_in_words_and_not_called_edited(folder: RunFolder) -> None:
    (folder.path / "run.json").write_text(json.dumps({"schema_version": 3, "id": "old"}))
    with pytest.raises(InvalidFile, match="an older lab wrote it"):
        integrity.edits(folder)


def test_the_hashes_of_reports_are_those_that_sha256sum_reads(folder: RunFolder) -> None:
    (line,) = (folder.path / integrity.SUMS).read_text().splitlines()
    known, name = line.split("  ")
    assert (len(known), name) == (64, "results.json")


def test_an_edited_report_is_named(folder: RunFolder) -> None:
    (folder.path / "results.json").write_text('{"requests_per_second": 9}\n')
    assert [edit.file for edit in all_edits(folder)] == ["results.json"]


def test_a_copy_elsewhere_is_as_good_as_the_folder(folder: RunFolder, tmp_path: Path) -> None:
    copy = shutil.copytree(folder.path, tmp_path / "copy")
    assert all_edits(RunFolder(path=copy)) == []


def test_the_fingerprint_is_that_of_the_record(folder: RunFolder) -> None:
    before = integrity.fingerprint(folder)
    Journal(folder, folder.read_run(), phases_s=lambda: {"load": 1.0}).keep_time()
    assert integrity.fingerprint(folder) != before
    assert chain.is_whole((folder.path / "run.json").read_bytes())
