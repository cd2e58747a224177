"""Pure: what becomes of the published rows once they are measured, row by row and as an order."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from lab.judge.figures import Subject, kind_of, source_of, subject
from lab.judge.order import order
from lab.judge.verdict import verdicts
from lab.model import CellResult, Factor, Order, Pins

__all__ = ["Subject", "judge", "kind_of", "source_of", "subject"]


def judge(
    subjects: Sequence[Subject],
) -> tuple[tuple[CellResult, ...], tuple[Order, ...], tuple[Factor, ...]]:
    """The cells with their verdicts, in the order given; the order, and the factor, of each table and set of pins."""
    groups = _groups(subjects)
    found = [verdicts(group) for group in groups]
    judged = {
        id(one): replace(one.result, verdict=verdict)
        for group, (of_rows, _) in zip(groups, found, strict=True)
        for one, verdict in zip(group, of_rows, strict=True)
    }
    orders = tuple(one for group in groups if (one := order(group)))
    return tuple(judged[id(one)] for one in subjects), orders, tuple(factor for _, factor in found if factor)


def _groups(subjects: Sequence[Subject]) -> list[list[Subject]]:
    """Rows that were published together and ran with the same pins, tables in the order of the run."""
    first = {name: number for number, name in reversed(list(enumerate(map(_group, subjects))))}
    ordered = sorted(subjects, key=lambda one: first[_group(one)])
    return [list(rows) for _, rows in groupby(ordered, key=_group)]


def _group(one: Subject) -> tuple[str, Pins]:
    return one.cell.table, one.cell.deployment.pins
