"""emptied: a Redis forgets everything it holds, at once. Nothing brings that back: who had signed in signs in again."""

from collections.abc import Sequence

from lab.faults.fault import REDIS, Fault, Ground, Site, run_inside
from lab.figures.numbers import count_text

_CLI = 'REDISCLI_AUTH="$(cat /run/lab/redis_password)" redis-cli'


def tiers(ground: Ground) -> Sequence[str]:
    """Each Redis."""
    return ground.being(REDIS)


def inject(site: Site) -> None:
    """Empty it."""
    run_inside(site.container, f'test "$({_CLI} FLUSHALL)" = OK')


def undo(site: Site) -> str:
    """Nothing can; says how much is in it again. Raises LabError."""
    keys = int(run_inside(site.container, f"{_CLI} DBSIZE"))
    return f"{count_text(keys, 'key')} in it right after"


FAULT = Fault(
    name="emptied",
    words="{tier} emptied",
    needs="only a Redis can",
    tiers=tiers,
    inject=inject,
    undo=undo,
    by_itself="what {tier} held is gone for good: whoever had signed in by it is signed out until they sign in again",
    lasts=False,
    signs_out=True,
)
