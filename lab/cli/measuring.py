"""How commands that measure carry out a run: measure while somebody watches, then show what came out."""

from lab.catalog import Catalog
from lab.cli import outcome, output
from lab.cli.progress import watching
from lab.commands import bench
from lab.model import Run
from lab.store import RunFolder


def carry_out(
    catalog: Catalog, run: Run, folder: RunFolder, *, wait_s: float, json: bool, full: bool, anyway: bool = False
) -> None:
    """Measure what is missing of a run and print it. Raises what `bench.carry_out` and `outcome.show` raise."""
    with watching(run) as observer:
        done = bench.carry_out(catalog, run, folder, observer=observer, wait_s=wait_s, say=output.say, anyway=anyway)
    outcome.show(done, json=json, full=full)
