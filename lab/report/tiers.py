"""What a figure says of each tier, from the client inwards."""

from collections.abc import Mapping

from lab.figures.numbers import NOTHING, number_text
from lab.model import Estimate
from lab.report.rows import with_interval


def parts(shares: Mapping[str, float]) -> dict[str, float]:
    """Leave of a mapping with a `total` (and the `load`) only the tiers, from the client inwards."""
    return {name: value for name, value in shares.items() if name not in {"total", "load"}}


def values(shares: Mapping[str, Estimate]) -> dict[str, float]:
    """Leave of estimates their values; one without an interval is left out."""
    return {name: found.value for name, share in shares.items() if (found := with_interval(share))}


def by_part(shares: Mapping[str, float]) -> str:
    """Write the tiers' shares (`proxy 12 + app 50`); a dash where there are none."""
    return " + ".join(f"{name} {number_text(value)}" for name, value in parts(shares).items()) or NOTHING
