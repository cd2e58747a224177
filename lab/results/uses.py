"""Rounds → what each tier used in all of them: counts add up, a peak is the highest."""

from collections.abc import Sequence
from dataclasses import fields

from lab.figures import known
from lab.model import Sample, TierUse

_PEAK = "peak_memory_bytes"
_PRESSURE = "pressure_us"
_COUNTS = tuple(field.name for field in fields(TierUse) if field.name not in (_PEAK, _PRESSURE))


def added_up(samples: Sequence[Sample]) -> dict[str, TierUse]:
    """Tier → its use over all rounds; what is not known of one of them is not known of all."""
    tiers = dict.fromkeys(tier for sample in samples for tier in sample.use)
    return {tier: _of_tier([sample.use.get(tier, TierUse()) for sample in samples]) for tier in tiers}


def _of_tier(uses: Sequence[TierUse]) -> TierUse:
    counts = {name: _whole(known.total(getattr(use, name) for use in uses)) for name in _COUNTS}
    peak = _whole(known.highest(use.peak_memory_bytes for use in uses))
    return TierUse(**counts, peak_memory_bytes=peak, pressure_us=_pressure(uses))


def _pressure(uses: Sequence[TierUse]) -> dict[str, int] | None:
    told = [use.pressure_us for use in uses if use.pressure_us is not None]
    if not told or len(told) < len(uses):
        return None
    return {what: sum(one[what] for one in told) for what in told[0] if all(what in one for one in told)}


def _whole(amount: float | None) -> int | None:
    return None if amount is None else round(amount)
