"""`lab ps`."""

from dataclasses import asdict

from lab.cli import output
from lab.cli.options import Json


def command(*, json: Json = False) -> None:
    """Show which stacks are up, where they answer, and whose they are."""
    from lab.deploy import stack_up

    running = stack_up.running()
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
