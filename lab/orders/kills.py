"""Who is killed when: drawn from a seed, so that an order of kills that found something can be had again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

KILLED = ("worker", "redis", "postgres", "app")
"""The services of a service stack that are killed; Nginx in front of them holds no state to lose."""
PAUSE_S = (0.2, 0.5)
"""The clients order without rest meanwhile: something should be under way when it comes."""
DOWN_S = (0.0, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One SIGKILL: `pause_s` after the service is at work again, and `down_s` until it is started again."""

    service: str
    pause_s: float
    down_s: float


def draw(count: int, *, services: Sequence[str], seed: int) -> Iterator[Kill]:
    """`count` kills. Each service comes once before one comes again, so that few kills reach all of them."""
    random = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    turn: list[str] = []
    for _ in range(count):
        turn = turn or random.sample(services, len(services))
        yield Kill(
            service=turn.pop(),
            pause_s=random.uniform(*PAUSE_S),
            down_s=random.uniform(*DOWN_S),
        )
