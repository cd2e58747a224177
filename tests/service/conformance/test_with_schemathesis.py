"""Requests that schemathesis makes of the stack's own contract: none fails, none is answered otherwise.

The last module in the alphabet, and so of each stack: its cases change and delete users that the others ask for.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab.catalog.own_contract import own_contract
from lab.folders import CONTRACT
from tests import uncounted
from tests.service.conformance.running import Service
from tests.service.stacks import CATALOG, LONGEST, WHOLE, parameters

pytestmark = pytest.mark.parametrize("service", parameters(LONGEST), indirect=True, scope="package")

HERE = Path(__file__).parent
EXAMPLES, AT_LEAST = (160, 2000) if WHOLE else (15, 150)
"""Cases per operation and phase, and what must have been sent to a stack in all: how many follow depends on answers."""


@pytest.mark.timeout(600)
def test_requests_of_all_kinds_get_answers_of_the_contract(service: Service, tmp_path: Path) -> None:
    # User 1 has an order, so that no case can delete whom all cases are signed in as.
    service.as_admin("POST", "/api/v1/orders", json={"item_id": 1, "quantity": 1}, headers={"Idempotency-Key": "stay"})
    sent = tmp_path / "sent"
    argv: list[str | Path] = [Path(sys.executable).parent / "schemathesis", "--config-file", HERE / "schemathesis.toml"]
    contract = tmp_path / "openapi.json"  # as somebody from outside has it: `lab describe STACK --openapi`
    contract.write_text(json.dumps(own_contract(CATALOG.root / CONTRACT, CATALOG.stack(service.stack))))
    argv += ["run", contract, "--url", service.url, "--no-color", f"--max-examples={EXAMPLES}"]
    records = service.records
    settings = {
        "PYTHONPATH": str(CATALOG.root),
        "SERVICE_KEY": service.key.decode(),
        "SERVICE_REDIS": records.address,
        "SERVICE_REDIS_PASSWORD": records.password,
        "SERVICE_SENT": str(sent),
    }
    done = subprocess.run(
        argv,
        cwd=CATALOG.root,
        env={**uncounted.environment(), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(done.stdout, pytrace=False)
    assert int(sent.read_text()) >= AT_LEAST
