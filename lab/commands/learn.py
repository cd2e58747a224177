"""`lab adopt --learn`: a project is asked everything twice, and what stays is written into its `lab.yaml`."""

from collections.abc import Callable, Sequence
from pathlib import Path

from lab import store
from lab.catalog import answers, places, projects
from lab.deploy.at_hand import at_hand
from lab.errors import Unhealthy, UsageError
from lab.host.say import Say
from lab.measure import credentials, learning
from lab.measure.learning import Learned
from lab.model import Machine

Agree = Callable[[Sequence[Learned]], bool]
"""Shows what was learned and asks whether it is right."""


def learn(path: Path, *, machine: Machine, wait_s: float, say: Say, agree: Agree) -> Sequence[Learned]:
    """Ask each request of a project twice and write what stays into its `lab.yaml`, if somebody agrees.

    A stack that is up is asked as it is, else it is brought up for this. Raises UsageError where there is no request
    to be learned, HostBusy, and Unhealthy for what has no right answer, after the others were written.
    """
    place = projects.locate(path)
    catalog, (name,) = places.catalog_of([str(path.resolve())])
    stack = catalog.stack(name)
    asked = [catalog.workload(workload, of=stack) for workload in stack.workloads]
    credentials.require(asked)
    with at_hand(catalog, catalog.deployment(name), machine=machine, wait_s=wait_s, say=say) as (_, url):
        say("asking each request twice")
        learned = learning.learn(url, asked)
    if not learned:
        raise UsageError("there is no request to learn from: scripts check their answers themselves", where=str(path))
    if agree(learned):
        _write(place.own, learned)
    if lacking := learning.summary(learned):
        raise Unhealthy(
            f"of {len(lacking)} of {len(learned)} requests no right answer can be learned",
            where="\n    ".join(lacking),
            fix=f"mend the application, or take them out of {place.own}; `lab logs` shows what it says",
        )
    return learned


def _write(own: Path, learned: Sequence[Learned]) -> None:
    known = {(one.workload, one.place): one.answer for one in learned if one.answer is not None}
    try:
        text = answers.written(own.read_text("utf-8"), known)
    except (KeyError, OSError):
        raise UsageError(
            "the requests of this project do not stand in its lab.yaml, so that no answer can be written there",
            where=str(own),
            fix="move `requests` from x-lab into lab.yaml",
        ) from None
    store.write_atomically(own, text)
