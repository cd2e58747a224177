"""A journal that was cut off anywhere gives back the samples that were whole, and goes on."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from lab.journal import Journal
from lab.model import LoadResult, Sample, Span
from lab.store import RunFolder
from tests.unit.unit_factories import make_cell, make_result, make_run, make_sample


def said(worker: str) -> LoadResult:
    """What a burst measured of a server that calls itself so."""
    return make_result(spans=(Span(start_s=0, end_s=1, worker=worker),))


@given(st.integers(1, 4), st.data())
def test_a_journal_cut_off_anywhere_keeps_every_whole_sample_and_takes_the_next(
    number: int, data: st.DataObject
) -> None:
    written = [make_sample(n, 500 + n) for n in range(number)]
    with TemporaryDirectory() as name:
        folder = RunFolder(path=Path(name))
        for sample in written:
            folder.append(sample)
        path = folder.path / "samples.jsonl"
        content = path.read_bytes()
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        kept, damage = folder.samples()
        assert kept == written[: path.read_bytes().count(b"\n")]
        assert (damage is None) == (path.read_bytes() == b"" or path.read_bytes().endswith(b"\n"))
        again = RunFolder(path=folder.path)
        again.repair()
        again.append(make_sample(9))
        assert again.samples() == ([*kept, make_sample(9)], None)


@given(st.text(max_size=20))
def test_a_sample_is_read_as_it_was_written_whatever_a_server_called_itself(worker: str) -> None:
    sample = make_sample(result=said(worker))
    with TemporaryDirectory() as name:
        folder = RunFolder(path=Path(name))
        folder.append(sample)
        folder.append(sample)
        assert folder.samples() == ([sample, sample], None)


@given(st.sets(st.integers(0, 6)))
def test_what_is_missing_is_what_has_no_sample(measured: set[int]) -> None:
    cell = make_cell()
    with TemporaryDirectory() as name:
        folder = RunFolder(path=Path(name))
        journal = Journal(folder, make_run([cell], rounds=7), phases_s=dict)
        samples: list[Sample] = [make_sample(number) for number in sorted(measured)]
        for sample in samples:
            journal.add_sample(sample)
        again = Journal(folder, folder.read_run(), phases_s=dict)
        assert journal.missing_rounds(cell) == again.missing_rounds(cell) == sorted(set(range(7)) - measured)
