"""What a worker has finished and what waits for it, at a moment of a round: a tier tells it, or nobody does."""

import time
from dataclasses import dataclass
from statistics import fmean

from lab.engine.client import in_words
from lab.measure import own_word
from lab.measure.rig import Rig
from lab.model import Backlog


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLook:
    """The queue of a stack at one moment."""

    at_s: float
    finished: float
    """Since the workers started, all of them together."""
    waiting: float


@in_words()
def look(rig: Rig) -> QueueLook | None:
    """Ask every container that tells what it counts; None where none knows of a queue. Raises EngineUnavailable."""
    asked = [container for _, container in rig.containers if own_word.LABEL in container.labels]
    for container in asked:
        container.reload()  # one that was started again has another address
    told = [(time.monotonic(), own_word.ask(container)) for container in asked]
    queued = [
        (at_s, said.finished or 0.0, said.queued) for at_s, said in told if said is not None and said.queued is not None
    ]
    if not queued:
        return None
    # Each has finished its own, and tells the whole of the queue that all share.
    at_s = fmean(at_s for at_s, _, _ in queued)  # a page may take a second to come, and counts when it is asked
    return QueueLook(at_s=at_s, finished=sum(own for _, own, _ in queued), waiting=queued[0][2])


def between(first: QueueLook | None, last: QueueLook | None) -> Backlog | None:
    """What became of the queue; None where it was not told, or a worker was started again meanwhile."""
    if first is None or last is None or last.finished < first.finished or last.at_s <= first.at_s:
        return None
    return Backlog(
        finished=round(last.finished - first.finished), seconds=last.at_s - first.at_s, waiting=round(last.waiting)
    )
