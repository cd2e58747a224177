"""`lab check`."""

from lab import stack_check
from lab.catalog import load_catalog
from lab.cli import output
from lab.cli.options import Json, PinsOption, Settings, Target, Wait, read_settings
from lab.errors import Unhealthy
from lab.machine import probe


def command(
    target: Target,
    *,
    pins: PinsOption = "current",
    settings: Settings = None,
    wait: Wait = 10,
    json: Json = False,
) -> None:
    """Ask a stack every request of its contract; one that is not up is brought up and taken down again."""
    catalog = load_catalog()
    deployment = catalog.deployment(target, pins=pins, settings=read_settings(settings))
    verdicts = stack_check.check(catalog, deployment, machine=probe(), wait_s=wait, say=output.say)
    if json:
        output.print_json([{"workload": v.workload, "ok": v.ok, "complaint": v.complaint} for v in verdicts])
    else:
        rows = [("ok" if v.ok else "wrong", v.workload, v.complaint or v.shown) for v in verdicts]
        output.print_table(("", "workload", "answer"), rows)
    wrong = [verdict.workload for verdict in verdicts if not verdict.ok]
    if wrong:
        raise Unhealthy(f"{deployment.stack} does not keep its contract: {', '.join(wrong)}", fix="lab logs, lab exec")
