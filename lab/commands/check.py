"""`lab check`: every workload of a stack asked once, and the answers judged."""

from lab.catalog import Catalog
from lab.deploy.at_hand import at_hand
from lab.host.say import Say
from lab.measure import credentials, signing
from lab.measure.verify import Answered
from lab.model import Deployment, Machine


def check(
    catalog: Catalog, deployment: Deployment, *, exactly: bool = False, machine: Machine, wait_s: float, say: Say
) -> list[Answered]:
    """Ask a stack, which may be up already, every request of its contract.

    `exactly` says that its variant was named. Raises UsageError if another one is up then, Unhealthy, HostBusy.
    """
    stack = catalog.stack(deployment.stack)
    credentials.require(catalog.workloads[name] for name in stack.workloads)
    with at_hand(catalog, deployment, exactly=exactly, machine=machine, wait_s=wait_s, say=say) as (_, url):
        return ask_all(catalog, deployment, url)


def ask_all(catalog: Catalog, deployment: Deployment, url: str) -> list[Answered]:
    """The verdict on each workload of a stack, in the order of its Compose file."""
    stack = catalog.stack(deployment.stack)
    workloads = [catalog.workload(name, of=stack) for name in stack.workloads]
    return [signing.check(url, workload) for workload in workloads]
