"""What a call of the command line ends with."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


Lab = Callable[..., Ended]
