"""How many requests a second the load generator can offer on this host, before a stack is asked for more than that.

It asks the cheapest server that there is, which answers two bytes from the stack's cores; what comes back is the
generator's own limit. A neighbour can only make it look lower, so the best of a few tries is taken.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from docker import DockerClient
from docker.models.containers import Container

from lab.engine.client import in_words
from lab.errors import LabError, UsageError
from lab.figures.numbers import chosen_text, number_text
from lab.host.session import LABEL_SESSION
from lab.load import protocol, rate
from lab.model import Budget, Cell

IMAGE = "lab/load:current"
TRIES, TRY_S = 3, 1
FIRST_PER_S, BEYOND = 50_000, 2.0
"""What is asked of the first try, and how many times the best so far of each further one: much more would only be
dropped, which costs, too."""
UNDER_WAY = 64
PORT_WITHIN_S = 60.0


def require(client: DockerClient, cells: Sequence[Cell], *, session: str, budget: Budget, anyway: bool) -> float | None:
    """The generator's ceiling in requests a second, or None where no cell has an open loop.

    Raises UsageError for a cell that asks for more, unless it is measured `anyway`.
    """
    rates = {cell.row: asked for cell in cells if (asked := rate(cell.load)) is not None}
    if not rates:
        return None
    most = find(client, session=session, budget=budget)
    row = max(rates, key=rates.__getitem__)
    if rates[row] > most and not anyway:
        raise UsageError(
            f"{chosen_text(rates[row])} requests a second cannot be offered: the generator's ceiling is "
            f"{number_text(most)}/s here",
            where=f"{row}; the best of {TRIES} tries of {TRY_S} s against a server that costs next to nothing",
            fix="a lower --rate; or --anyway, and what is answered is a floor",
        )
    return most


@in_words()
def find(client: DockerClient, *, session: str, budget: Budget) -> float:
    """Requests a second. Raises LabError if it cannot be found out."""
    with _container(client, ["null"], session=session, cpus=budget.stack_cpus, network_mode="none") as server:
        url, beside = f"http://127.0.0.1:{_port(server)}/", f"container:{server.id}"
        idle = ["sleep", "infinity"]
        with _container(client, idle, session=session, cpus=budget.load_cpus, network_mode=beside) as load:
            best, asked = 0.0, float(FIRST_PER_S)
            for _ in range(TRIES):
                best = max(best, _answered(load, asked, url))
                asked = max(best * BEYOND, 1.0)
            return best


def _answered(load: Container, asked: float, url: str) -> float:
    options = (f"--cap={UNDER_WAY}", f"--open={UNDER_WAY}")
    code, output = load.exec_run(["pace", *options, f"{asked:.0f}:{TRY_S}s", url])
    text = output.decode("utf-8", "replace") if isinstance(output, bytes) else ""
    if code != 0:
        raise LabError("the load generator's ceiling could not be found out", where=text[-500:] or f"exit {code}")
    (report,), _ = protocol.read(text, tool="pace")
    with protocol.whole(text, tool="pace"):
        return float(report["counted"]["answered"] / report["elapsed_s"])


def _port(server: Container) -> int:
    """Where it listens: the first line that it prints."""
    end = monotonic() + PORT_WITHIN_S
    while monotonic() < end:
        line = server.logs().decode().strip()
        if line.isdigit():
            return int(line)
        server.reload()
        if server.status == "exited":
            break
        sleep(0.05)
    raise LabError("the server for the load generator's ceiling did not start", fix="lab build --all: its image is old")


@contextmanager
def _container(
    client: DockerClient, command: list[str], *, session: str, cpus: Sequence[int], **how: Any
) -> Iterator[Container]:
    """One of the load's image, hardened as all are, and gone after the block."""
    container = client.containers.run(
        IMAGE,
        command,
        detach=True,
        init=True,
        cpuset_cpus=",".join(map(str, cpus)),
        labels={LABEL_SESSION: session},
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        **how,
    )
    try:
        yield container
    finally:
        container.remove(force=True, v=True)
