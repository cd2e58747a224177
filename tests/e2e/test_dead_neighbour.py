"""A container that goes while its stack is frozen costs its own rows, and nobody else's."""

import json
from pathlib import Path

import pytest
from docker import DockerClient

from tests.e2e.driving import HELD_TABLE, Lab, add_held, labelled, of_stack, only_run

pytestmark = pytest.mark.xdist_group("lab")


def test_a_stack_whose_container_goes_while_it_is_frozen_loses_its_row_only(
    lab: Lab, project: Path, engine: DockerClient
) -> None:
    held = add_held(project)
    held.in_round(1)
    table = f"{HELD_TABLE}  - {{id: gone, stack: gin, load: {{tool: burst, concurrent: 1}}}}\n"
    (project / "experiments" / "held.yaml").write_text(table)
    running = lab.start("bench", "--table", "held", "--rounds", "2")
    running.wait_for("round 1/2")  # that of the stack that is held: the other one is frozen meanwhile
    of_stack(engine, "gin")["app"].remove(force=True)
    held.let_go()
    code, said = running.finish()
    assert "Traceback" not in said
    assert code == 1, said
    results = json.loads((only_run(project) / "results.json").read_text())
    rows = {cell["row"]: cell for cell in results["cells"]}
    assert rows["held"]["rounds"] == 2
    assert not rows["gone"]["valid"]
    assert labelled(engine) == []
