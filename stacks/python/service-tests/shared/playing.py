"""A policy's steps, answered by a test in place of Redis and Postgres."""

from typing import Any

from service.steps import Step, Steps


def play(steps: Steps[Any], *replies: Any) -> tuple[Any, list[Step]]:
    """What the steps come to when these are the replies (an exception is thrown in), and what they asked for."""
    asked = []
    step = next(steps)
    try:
        for reply in replies:
            asked.append(step)
            step = steps.throw(reply) if isinstance(reply, Exception) else steps.send(reply)
    except StopIteration as end:
        return end.value, asked
    raise AssertionError(f"one more step: {step}")


def result(steps: Steps[Any]) -> Any:
    """What steps come to that need nobody's reply."""
    return play(_with_one_step(steps), None)[0]


def _with_one_step(steps: Steps[Any]) -> Steps[Any]:
    yield None  # type: ignore[misc]
    return (yield from steps)
