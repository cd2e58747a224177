"""How closely one series follows another, when neighbours in each are alike."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FEWEST = 5.0
"""Independent pairs: below that there is no interval."""
Z_95 = 1.96
MOST_LAGS_SHARE = 0.1
"""Of the length of a series, the furthest neighbours that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """A correlation with its interval of 95% (nan where there are too few pairs), and the slope of y over x."""

    r: float
    low: float
    high: float
    slope: float
    independent: float
    """How many independent pairs say as much."""


def following(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> Following:
    """Pearson's correlation, by Fisher's z with the number of pairs that autocorrelation leaves (Bartlett)."""
    r, slope = float(np.corrcoef(x, y)[0, 1]), float(np.polyfit(x, y, 1)[0])
    independent = _independent(x, y)
    if independent < FEWEST:
        return Following(r=r, low=math.nan, high=math.nan, slope=slope, independent=independent)
    half = Z_95 / math.sqrt(independent - 3)
    z = math.atanh(min(max(r, -0.999999), 0.999999))
    return Following(r=r, low=math.tanh(z - half), high=math.tanh(z + half), slope=slope, independent=independent)


def _independent(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """Bartlett: n / (1 + 2 Σ ρx(k) ρy(k)), up to the first lag at which one of them is no longer alike."""
    count, total = len(x), 0.0
    for lag in range(1, max(int(count * MOST_LAGS_SHARE), 1) + 1):
        alike = _alike(x, lag), _alike(y, lag)
        if min(alike) <= 0:
            break
        total += alike[0] * alike[1]
    return count / (1 + 2 * total)


def _alike(values: npt.NDArray[np.float64], lag: int) -> float:
    apart = values - values.mean()
    return float((apart[lag:] * apart[:-lag]).sum() / (apart**2).sum())
