"""What stacks/openapi.yaml asks of every Python application, whatever framework it is written in.

Each framework's `app.py` holds routes and answers only, so that two of them differ in nothing else.
"""

import os
import threading
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any

HEALTH_DELAY_S = float(os.environ.get("HEALTH_DELAY", "0.1"))
IO_DELAY_S = float(os.environ.get("IO_DELAY", "5"))
HANDLER = os.environ.get("HANDLER", "sync")
if HANDLER not in ("sync", "async"):
    raise ValueError(f"HANDLER must be sync or async, not {HANDLER!r}")

STATIC = "/srv/static"
"""Made by stacks/static/make when the image is built."""
ROUTES = tuple(f"{number:02}" for number in range(1, 51))
"""01 to 50: /api/r01/{id} to /api/r50/{id}."""
USER = {"id": 1, "name": "Ada"}
DEFAULT_N = "100000"
WRONG_N = "n must be a whole number from 0 to 200000"
_MAX_N = 200_000


def is_known(token: str | None) -> bool:
    """Whether an X-Token stands for a user."""
    return token == "lab"  # noqa: S105  (the contract's: it guards nothing)


def parsed_n(text: str) -> int | None:
    """The number that a query gives, None if it is not a whole number that the contract allows."""
    digits = text.lstrip("0") or text[:1]
    # The length first: Python refuses to read numbers of thousands of digits.
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(_MAX_N))):
        return None
    n = int(digits)
    return n if n <= _MAX_N else None


def product(n: int) -> int:
    """1 × 2 × … × n in a plain loop: `math.factorial` would be done before anybody could see who waits for whom."""
    result = 1
    for factor in range(2, n + 1):
        result *= factor
    return result


def timed_product(n: int) -> dict[str, float]:
    """The answer to /cpu-bound: n, and how many ms its product took."""
    started = perf_counter()
    product(n)
    return {"n": n, "ms": round((perf_counter() - started) * 1000, 3)}


def worker() -> dict[str, str]:
    """The header that says who answers: the process, with the thread unless it is the process's first one."""
    process, thread = os.getpid(), threading.get_native_id()
    return {"X-Worker": str(process) if thread == process else f"{process}/{thread}"}


def offered(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler that waits for nothing, as HANDLER wants it: as it is, or as a coroutine.

    As a coroutine it runs in the event loop, and as long as it computes, nobody else is served.
    """

    @wraps(handler)
    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        return handler(*args, **kwargs)

    return handler if HANDLER == "sync" else coroutine
