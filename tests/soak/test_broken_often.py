"""Every fault 20 times over the six service stacks, and a hundred reloads of each that can."""

import json
from itertools import cycle
from statistics import median
from typing import Any

import pytest

from lab.faults import breaking, kinds
from tests.e2e.driving import Lab
from tests.service.stacks import CATALOG, SERVICE_STACKS

pytestmark = pytest.mark.timeout(6 * 3600)
REPEATS = 20
RELOADS = 100
RELOADS_S = 60
"""Of one break: two reloads a second, where the machine is quick enough."""


def targets_of() -> dict[str, list[str]]:
    """Fault and tier → the stacks whose table shows it."""
    found: dict[str, list[str]] = {}
    for stack in SERVICE_STACKS:
        for chosen in kinds.usual(breaking.ground(CATALOG, stack)):
            found.setdefault(chosen.label, []).append(stack.name)
    return found


TARGETS = targets_of()


def broken(lab: Lab, *arguments: str) -> dict[str, Any]:
    done = lab("break", *arguments, "--wait=600", "--json")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    (made,) = json.loads(done.stdout)["breaks"]
    return dict(made)


@pytest.mark.parametrize("fault", TARGETS)
def test_every_promise_holds_in_all_repeats(lab: Lab, fault: str) -> None:
    recoveries_s = [
        broken(lab, stack, fault, f"--seed={seed}")["recovery_s"]
        for seed, stack in zip(range(REPEATS), cycle(TARGETS[fault]), strict=False)
    ]
    print(f"\n{fault}: right again after {median(recoveries_s):.1f} s (median), {max(recoveries_s):.1f} s at most")


@pytest.mark.parametrize(
    ("stack", "fault"),
    [(stack, fault) for fault, stacks in TARGETS.items() for stack in stacks if fault.startswith("reloaded")],
)
def test_a_hundred_reloads_fail_no_request(lab: Lab, stack: str, fault: str) -> None:
    reloads = requests = again = 0
    while reloads < RELOADS:
        made = broken(lab, stack, fault, f"--for={RELOADS_S}")
        reloads += made["happened"]
        requests += sum(seen["offered"] for seen in made["phases"])
        again += made["sent_again"]
    print(f"\n{stack}, {fault}: {reloads} reloads, {requests} requests, none failed, {again} were sent again")
