"""What an adopted stack needs around Compose's `up`: its copies before, an answer of its entry and its jobs after."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from subprocess import Popen

import requests
from docker import DockerClient

from lab.catalog import projects
from lab.deploy import compose, copies
from lab.deploy.prepare import Plan
from lab.engine import inventory
from lab.engine.client import in_words
from lab.errors import LabError, Unhealthy
from lab.figures.numbers import listing
from lab.host.say import Say, without_sequences
from lab.host.session import LABEL_SESSION
from lab.model import Request

POLL_S = 0.02
PATIENT_POLL_S = 0.1
"""Once it has taken long: what an application writes of each request must not bury why it does not come up."""
ASK_TIMEOUT_S = 1.0
"""Of the first try. A stack that takes connections and does not answer is asked anew, and given twice as long: ..."""
MOST_PATIENT_S = 20.0
"""... up to this: its page may be a slow one."""
FAILING = 500
"""A status from here on is of an entry that is there and fails: what it wrote says more than that."""
TELL_AFTER_S = 5.0
"""So long an entry is waited for without a word: most stacks take less."""
LINES_AFTER_S = 15.0
"""So long at least, and a third of `start_within_s`, an entry may fail before its last lines are shown: until then they
are those of an ordinary start, of a proxy whose application is not there yet. Half of `start_within_s` is enough."""
LOOK_EVERY_S = 5.0
"""So often it is looked whether that is so, or a tier has ended, which shows its last lines at once."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with the answer of an entry."""

    complaint: str
    status: int = 0
    """Of the answer; 0 where there was none."""


def require_own(client: DockerClient, project: str) -> None:
    """Raise LabError if something of that project's name is there that the lab did not make."""
    if found := inventory.strangers(client, project):
        raise LabError(
            f"there is a Compose project {project} that the lab did not start, and it stays as it is",
            where=", ".join(found),
            fix="give the stack another name in lab.yaml",
        )


def provide(client: DockerClient, plan: Plan) -> None:
    """Put into its volumes what the stack starts with; nothing of it runs yet. Raises LabError."""
    if not plan.copies:
        return
    compose.create(plan.project)
    containers = inventory.containers_of(client, plan.project.name)
    session = next(iter(containers.values())).labels[LABEL_SESSION]
    copies.fill(client, containers, plan.copies, session=session)


def until_answered(
    plan: Plan, process: Popen[str], path: str, ask: Callable[[float], Wrong | None], *, say: Say
) -> Wrong | None:
    """Ask for a path of a stack that Compose starts until nothing is wrong with its answer, or its time is over.

    `ask` gets the seconds that it may take, and returns what is wrong; returned is the last of it, None where it ended
    well. What is waited for is told once. Once Compose is done, the stack has `start_within_s` from there; where
    Compose fails there is nothing to ask.
    """
    done, waited = None, _Waited(plan, path, say)
    wrong: Wrong | None = Wrong("it was not asked")
    patience_s = ASK_TIMEOUT_S
    while (code := process.poll()) is None or code == 0:
        if code is not None:
            done = done or time.monotonic()
            if time.monotonic() - done >= plan.stack.start_within_s:
                break
        asked = time.monotonic()
        wrong = ask(patience_s)
        if wrong is None:
            return None
        if time.monotonic() - asked >= patience_s:
            patience_s = min(2 * patience_s, MOST_PATIENT_S)
        waited.tell(wrong)
        time.sleep(PATIENT_POLL_S if waited.told else POLL_S)
    return wrong


class _Waited:
    """Who waits for an entry, and what is said of that: one line that it is, and later, once, what tiers wrote."""

    def __init__(self, plan: Plan, path: str, say: Say) -> None:
        self._plan, self._path, self._say = plan, path, say
        self._began_s = time.monotonic()
        self._looked_s = -LOOK_EVERY_S
        self._shown = False
        self.told = False
        """Whether the line was said."""

    def tell(self, wrong: Wrong) -> None:
        """Say what there is to say, if it is time for it."""
        waited_s = time.monotonic() - self._began_s
        if not self.told and waited_s >= TELL_AFTER_S:
            self.told = True
            self._say(_waiting(self._plan, self._path, wrong))
        if self.told and not self._shown and waited_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = waited_s
            if shown := _written(self._plan, wrong, long=waited_s >= _lines_after_s(self._plan)):
                self._shown = True
                self._say(shown)


def _lines_after_s(plan: Plan) -> float:
    within_s = plan.stack.start_within_s
    return min(max(LINES_AFTER_S, within_s / 3), within_s / 2)


def _waiting(plan: Plan, path: str, wrong: Wrong) -> str:
    """What the entry answers so far, how long that is borne, and where the limit stands."""
    own = plan.stack.adopted
    where = own.folder / projects.OWN_FILE if own else plan.stack.path
    return (
        f"{plan.deployment.name} is not up yet: {path}: {wrong.complaint}. That may pass, and it is waited for: "
        f"up to {plan.stack.start_within_s:g} s, which start_within_s in {where} sets"
    )


def _written(plan: Plan, wrong: Wrong, *, long: bool) -> str:
    """The last lines of tiers that have ended, or of an entry that has failed for long; empty for neither."""
    if ended := _ended(plan):
        return f"{listing(ended)} ended meanwhile; the last lines\n{_last_lines(plan, *ended)}"
    if long and wrong.status >= FAILING:
        entry = plan.stack.entry.service
        return f"{entry} answers, and fails; its last lines\n{_last_lines(plan, entry)}"
    return ""


def _last_lines(plan: Plan, *services: str) -> str:
    return compose.logs(plan.project, *services, tail=compose.LAST_LINES)


def _ended(plan: Plan) -> list[str]:
    """The tiers whose containers have ended, or end again and again; none where Compose does not tell."""
    asked = ("ps", "--all", "--status=exited", "--status=restarting", "--services")
    with suppress(LabError):
        return [name for name in compose.call(plan.project, *asked).split() if name in plan.stack.tiers]
    return []


def await_up(plan: Plan, process: Popen[str], *, say: Say) -> None:
    """Wait until Compose is done and the entry of an adopted stack answers: it may have no health check.

    Raises Unhealthy.
    """
    own = plan.stack.adopted
    if own is None:
        compose.finish(plan.project, process)
        return
    ready = own.ready.requests[0]
    with requests.Session() as client:
        client.trust_env, client.verify = False, False
        ask = partial(_wrong, client, plan.url, ready)
        seen = until_answered(plan, process, ready.path, ask, say=say)
        compose.finish(plan.project, process)
        if seen is None:  # it may have been a container that Compose has replaced since by another variant's
            seen = until_answered(plan, process, ready.path, ask, say=say)
    if seen is None:
        return
    raise Unhealthy(
        f"{plan.deployment.name} started, but its entry does not answer GET {ready.path}: {seen.complaint}",
        where=f"{plan.url} within {plan.stack.start_within_s:g} s; its last lines\n"
        f"{compose.logs(plan.project, tail=compose.LAST_LINES)}",
        fix=f"in lab.yaml: entry, if it is not {plan.stack.entry.service}:{plan.stack.entry.port} that answers; "
        "ready, if another path does; start_within_s, if it needs longer. Else look at the lines",
    )


def _wrong(client: requests.Session, url: str, ready: Request, patience_s: float) -> Wrong | None:
    """What is wrong with the answer of an entry; None if it says that it is up."""
    try:
        answer = client.get(url + ready.path, timeout=patience_s, allow_redirects=False)
    except requests.RequestException as error:
        return Wrong(f"no answer: {type(error).__name__}")
    status = answer.status_code
    return None if status in ready.statuses else Wrong(f"status {status}", status)


@in_words()
def run_jobs(client: DockerClient, plan: Plan) -> None:
    """Run the jobs that no service waits for, to their end. Raises Unhealthy if one fails."""
    for job in plan.loose_jobs:
        compose.run_beside(plan.project, job)
        container = inventory.containers_of(client, plan.project.name)[job]
        code = container.wait(timeout=plan.stack.start_within_s + compose.CALL_TIMEOUT_S)["StatusCode"]
        if code != 0:
            last = without_sequences(container.logs(tail=compose.LAST_LINES).decode("utf-8", "replace"))
            raise Unhealthy(f"the job {job} failed with exit code {code}", where=f"its last lines\n{last}")
