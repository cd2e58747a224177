"""What is said of the figures that a row's source printed: beside those measured, and by themselves."""

from collections.abc import Iterator

from lab.figures.bounds import LimitFacts
from lab.figures.numbers import number_text, time_text
from lab.judge import kind_of, little
from lab.model import Cell, CellResult, Published, Source


def beside(result: CellResult) -> Iterator[str]:
    """The published figure that is compared, and how many times as much was measured."""
    kind, published = kind_of(result.published, result.load), result.published
    rate, wall_s, latency = result.requests_per_second, result.wall_s, result.latency_ms
    if published is None or kind is None:
        return
    if kind == "requests_per_second" and published.requests_per_second and rate:
        printed = published.requests_per_second
        ratio = rate.value / printed
        yield f"The source printed {number_text(printed)}/s: measured is {number_text(ratio)} times that."
    elif kind == "wall_ms" and published.wall_ms and wall_s:
        ratio = wall_s.value * 1000 / published.wall_ms
        yield f"The source printed {time_text(published.wall_ms / 1000)}: measured is {number_text(ratio)} times that."
    elif kind == "mean_ms" and published.mean_ms and latency:
        ratio = latency.mean / published.mean_ms
        yield (
            f"The source printed a mean of {time_text(published.mean_ms / 1000)}: the one measured, of "
            f"{time_text(latency.mean / 1000)}, is {number_text(ratio)} times that."
        )


def left_out(cell: Cell, source: Source) -> Iterator[str]:
    """Sentences on a published mean that cannot hold the waits of all connections."""
    published = cell.published or Published()
    rate, mean_ms = published.requests_per_second, published.mean_ms
    found = little.contradictions(published, load=cell.load, source=source, delay_s=0, slots=None)
    if rate and mean_ms and any(one.cause in ("timeouts", "unfinished") for one in found):
        yield (
            f"At the published {number_text(rate)}/s each of {source.connections:,} connections got its turn every "
            f"{time_text(source.connections / rate)}: the printed mean of {time_text(mean_ms / 1000)} leaves out "
            "most of that waiting."
        )


def verdict(result: CellResult) -> Iterator[str]:
    """What became of the published figures in this run."""
    if result.verdict:
        yield f"Verdict: {result.verdict.name}: {result.verdict.reason}."


def impossible(cell: Cell, source: Source, given: LimitFacts) -> Iterator[str]:
    """What cannot be in the printed figures, whoever measures."""
    if cell.published is None or cell.workload != source.workload:  # figures of another request
        return
    found = little.contradictions(
        cell.published, load=cell.load, source=source, delay_s=given.delay_s, slots=given.slots
    )
    said = "; ".join(one.said for one in found)
    if found and little.name_of(found) == "cannot be true":
        yield f"Without any measurement, it cannot be true as printed: {said}."
    elif found:
        yield f"Without any measurement, its mean is not that of all clients: {said}."
