"""What an adopted stack needs around Compose's `up`: its copies before, an answer of its entry and its jobs after."""

import time

import requests
from docker import DockerClient

from lab.deploy import compose, copies
from lab.deploy.prepare import Plan
from lab.engine import inventory
from lab.engine.client import in_words
from lab.errors import LabError, Unhealthy
from lab.host.session import LABEL_SESSION

ASK_EVERY_S = 0.1
ASK_TIMEOUT_S = 2.0


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


def await_answer(plan: Plan) -> None:
    """Wait until the entry of an adopted stack answers: it may have no health check. Raises Unhealthy."""
    own = plan.stack.adopted
    if own is None:
        return
    ready, began, seen = own.ready.requests[0], time.monotonic(), "nothing"
    with requests.Session() as client:
        client.trust_env, client.verify = False, False
        while time.monotonic() - began < plan.stack.start_within_s:
            try:
                answer = client.get(plan.url + ready.path, timeout=ASK_TIMEOUT_S, allow_redirects=False)
            except requests.RequestException as error:
                seen = type(error).__name__
            else:
                if answer.status_code in ready.statuses:
                    return
                seen = f"status {answer.status_code}"
            time.sleep(ASK_EVERY_S)
    raise Unhealthy(
        f"{plan.deployment.name} started, but its entry does not answer GET {ready.path}: {seen}",
        where=f"{plan.url} within {plan.stack.start_within_s:g} s; its last lines\n"
        f"{compose.logs(plan.project, tail=compose.LAST_LINES)}",
        fix=f"in lab.yaml: entry, if it is not {plan.stack.entry.service}:{plan.stack.entry.port} that answers; "
        "ready, if another path does; start_within_s, if it needs longer. Else look at the lines",
    )


@in_words()
def run_jobs(client: DockerClient, plan: Plan) -> None:
    """Run the jobs that no service waits for, to their end. Raises Unhealthy if one fails."""
    for job in plan.loose_jobs:
        compose.run_beside(plan.project, job)
        container = inventory.containers_of(client, plan.project.name)[job]
        code = container.wait(timeout=plan.stack.start_within_s + compose.CALL_TIMEOUT_S)["StatusCode"]
        if code != 0:
            last = container.logs(tail=compose.LAST_LINES).decode("utf-8", "replace")
            raise Unhealthy(f"the job {job} failed with exit code {code}", where=f"its last lines\n{last}")
