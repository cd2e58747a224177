"""`lab ps`."""

from dataclasses import asdict

from lab.cli import output
from lab.cli.options import Json
from lab.engine import inventory
from lab.engine.client import connect


def command(*, json: Json = False) -> None:
    """Show which stacks are up, where they answer, and whose they are."""
    with connect() as client:
        running = inventory.projects(client)
    if json:
        output.print_json([asdict(project) for project in running])
        return
    output.print_table(
        ("stack", "answers on", "services", "session"),
        [
            (
                project.target,
                project.url or "-",
                ", ".join(f"{service} {state}" for service, state in project.services.items()),
                project.session,
            )
            for project in running
        ],
    )
