"""What a table says of the machine of its source: the factor between their cores and ours, row by row."""

from collections.abc import Iterator

from lab.figures.numbers import count_text, interval_text, listing, number_text
from lab.model import Factor, FactorRow

HEAD = ("row", "their cores", "theirs (µs/req)", "ours (µs/req)", "factor", "interval", "÷ that of the others")


def sentence(factor: Factor, *, several: bool) -> str:
    """Say how much time their cores needed over ours, how far the rows agree, and which of them it explains."""
    return " ".join(_sentences(factor, several=several))


def grid(factor: Factor) -> tuple[tuple[str, ...], ...]:
    """The rows with their residuals, those that lie furthest below the others first, under a heading."""
    return HEAD, *(_line(row) for row in sorted(factor.rows, key=lambda row: row.residual))


def _sentences(factor: Factor, *, several: bool) -> Iterator[str]:
    whose = f" with {factor.pins} pins" if several else ""
    found = factor.factor
    between = f" ({interval_text(found)})" if found.low is not None else ""
    yield (
        f"One core of the source took {number_text(found.value)}{between} times the time of one of ours for the same "
        f"work{whose}, over {count_text(len(factor.rows), 'CPU-bound row')}."
    )
    if factor.holds:
        yield f"Within 20% of what the other rows give, and so scaled: {listing(factor.scaled)}."
    else:
        yield (
            f"Only {len(factor.scaled)} of them lie within 20% of what the others give, not more than half: no one "
            "factor explains the table, and no row is called scaled."
        )
    if factor.left_out:
        left = "; ".join(f"{row} ({why})" for row, why in factor.left_out.items())
        yield f"Left out: {left}."


def _line(row: FactorRow) -> tuple[str, ...]:
    with_load = ", with the load" if row.load_beside else ""
    return (
        row.row,
        f"{row.cores}{with_load}",
        number_text(row.published_us),
        number_text(row.measured_us.value),
        number_text(row.factor.value),
        interval_text(row.factor),
        number_text(row.residual),
    )
