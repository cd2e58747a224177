from dataclasses import replace
from pathlib import Path

from lab.journal import Journal
from lab.model import CoreSpeed, Run, Warmup
from lab.store import RunFolder
from tests.unit.results.test_duets import ROW, make_turn
from tests.unit.unit_factories import make_cell, make_deployment, make_facts, make_run, make_sample


def test_a_journal_knows_which_rounds_are_missing(folder: RunFolder) -> None:
    cell = make_cell()
    journal = Journal(folder, make_run([cell]), phases_s=dict)
    assert journal.missing_rounds(cell) == [0, 1, 2]
    journal.add_sample(make_sample(1))
    assert journal.missing_rounds(cell) == [0, 2]
    assert journal.missing_rounds(replace(cell, own_rounds=5)) == [0, 2, 3, 4]


def test_a_round_that_was_set_aside_is_kept_and_still_missing(folder: RunFolder) -> None:
    cell = make_cell()
    journal = Journal(folder, make_run([cell]), phases_s=dict)
    journal.add_sample(make_sample(1, set_aside="slow cores"))
    resumed = Journal(folder, folder.read_run(), phases_s=dict)
    assert journal.missing_rounds(cell) == resumed.missing_rounds(cell) == [0, 1, 2]
    assert [sample.set_aside for sample in folder.samples()[0]] == ["slow cores"]


def test_a_journal_knows_the_speeds_of_all_rounds_of_a_row_also_after_it_was_resumed(folder: RunFolder) -> None:
    one, other = make_cell(), make_cell(row="beta")
    journal = Journal(folder, make_run([one, other]), phases_s=dict)
    assert [*journal.speeds(one)] == []
    journal.add_sample(make_sample(0, core_speed=CoreSpeed(readings=(5.0, 6.0)), set_aside="others were there"))
    journal.add_sample(make_sample(0, core_speed=CoreSpeed(readings=(7.0,))))
    journal.add_sample(make_sample(0, cell=other.key, core_speed=CoreSpeed(readings=(1.0,))))
    resumed = Journal(folder, folder.read_run(), phases_s=dict)
    assert [*journal.speeds(one)] == [*resumed.speeds(one)] == [5.0, 6.0, 7.0]


def test_a_turn_that_was_set_aside_is_kept_and_still_missing(folder: RunFolder) -> None:
    journal = Journal(folder, make_run([ROW]), phases_s=dict)
    journal.add_duet(make_turn(0, 2.0))
    journal.add_duet(make_turn(1, 2.0, set_aside="others were there"))
    resumed = Journal(folder, folder.read_run(), phases_s=dict)
    assert journal.missing_turns(ROW, turns=2) == resumed.missing_turns(ROW, turns=2) == [1]
    assert [turn.set_aside for turn in folder.duets()] == ["", "others were there"]


def test_a_resumed_journal_misses_what_the_first_one_did(folder: RunFolder) -> None:
    cell, other = make_cell(), make_cell(row="beta")
    Journal(folder, make_run([cell, other]), phases_s=dict).add_sample(make_sample(0))
    resumed = Journal(folder, folder.read_run(), phases_s=dict)
    assert resumed.missing_rounds(cell) == [1, 2]
    assert resumed.missing_rounds(other) == [0, 1, 2]


def test_a_cell_that_has_failed_misses_nothing(folder: RunFolder) -> None:
    cell, other = make_cell(), make_cell(row="beta")
    journal = Journal(folder, make_run([cell, other]), phases_s=dict)
    journal.add_failure(cell, "it fell over")
    assert (journal.missing_rounds(cell), journal.missing_rounds(other)) == ([], [0, 1, 2])
    assert folder.read_run().failures == {cell.key: "it fell over"}


def test_every_change_of_a_journal_is_on_disk_at_once(folder: RunFolder) -> None:
    cell = make_cell()
    journal = Journal(folder, make_run([cell]), phases_s=lambda: {"load": 2.5})
    journal.add_facts(make_facts("first"))
    journal.add_facts(make_facts("second"))
    journal.add_restart(cell)
    journal.add_restart(cell)
    assert [facts.failure for facts in folder.read_run().deployments] == ["second"]
    assert folder.read_run().restarts == {cell.key: 2}
    journal.finish()
    finished: Run = folder.read_run()
    assert finished.finished_at is not None
    assert finished.phases_s == {"load": 2.5}


def test_the_time_spent_so_far_is_on_disk_after_each_sample(folder: RunFolder) -> None:
    spent = {"load": 0.0}
    journal = Journal(folder, make_run([make_cell()]), phases_s=lambda: spent)
    spent["load"] = 5.0
    journal.add_sample(make_sample(0))
    assert folder.read_run().phases_s == {"load": 5.0}
    spent["load"] = 7.0
    journal.keep_time()
    assert folder.read_run().phases_s == {"load": 7.0}


def test_a_run_that_went_on_although_something_had_changed_is_marked_for_good(folder: RunFolder) -> None:
    journal = Journal(folder, make_run(), phases_s=dict)
    journal.add_changes(["git revision: a → b"])
    journal.add_changes(["git revision: a → b", "engine: server: 1 → 2"])
    assert folder.read_run().resumed_anyway == ("git revision: a → b", "engine: server: 1 → 2")


def test_a_turn_that_has_been_played_is_not_missing(folder: RunFolder) -> None:
    turn = make_turn(0, 2.0)
    cell = make_cell(row="slow", deployment=make_deployment(variant="pool"))
    assert cell.key == turn.cell
    folder.append_duet(turn)
    journal = Journal(folder, make_run([cell]), phases_s=dict)
    assert journal.missing_turns(cell, turns=2) == [1]
    journal.add_duet(make_turn(1, 2.0))
    assert journal.missing_turns(cell, turns=2) == []


def test_what_warming_left_out_adds_up_and_survives(tmp_path: Path) -> None:
    cell = make_cell()
    folder = RunFolder(path=tmp_path)
    journal = Journal(folder, make_run([cell]), phases_s=dict)
    journal.add_warmup(cell, seconds=3, settled=False)
    journal.add_warmup(cell, seconds=2, settled=True)
    journal.add_warmup(cell, seconds=1, settled=None)
    assert folder.read_run().warmups == {cell.key: Warmup(times=3, seconds=6, unsettled=1)}
