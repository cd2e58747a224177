"""`lab ps`."""

from dataclasses import asdict

from lab.cli import output
from lab.cli.options import Json


def command(*, json: Json = False) -> None:
    """Show which stacks are up, where they answer, and whose they are."""
    from lab.deploy import stack_up
    from lab.host.session import LEFT, whose

    running = [(project, whose(project.session)) for project in stack_up.running()]
    if json:
        output.print_json([{**asdict(project), "whose": of} for project, of in running])
        return
    output.print_table(
        ("stack", "whose", "answers on", "session", "services"),
        [
            (
                project.target,
                of,
                project.url or "-",
                project.session,
                ", ".join(f"{service} {state}" for service, state in project.services.items()),
            )
            for project, of in running
        ],
    )
    if any(of == LEFT for _, of in running):
        output.say(
            f"{LEFT}: the lab process that had started it is gone. The next command that starts a stack removes it, "
            "and so does lab down --all, with every stack that is up"
        )
