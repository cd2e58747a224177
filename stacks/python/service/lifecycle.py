"""What a service makes sure of before it takes requests."""

import logging
import sys
import threading
import time
from collections.abc import Callable

from service.settings import Settings

DEADLINE_S = 5.0
PAUSE_S = 0.05
UNREACHABLE = 3  # exit code


def require(name: str, address: str, ask: Callable[[], object], failure: type[Exception]) -> None:
    """Returns as soon as `ask` does not fail; after 5 s says who cannot be reached and exits with code 3."""
    answered = threading.Event()
    reasons = ["no answer"]

    def keep_asking() -> None:
        while True:
            try:
                ask()
            except failure as error:
                reasons.append(str(error).strip())
                time.sleep(PAUSE_S)
            else:
                return answered.set()

    # In a thread of its own: looking up a name alone may take longer than the whole is given.
    threading.Thread(target=keep_asking, daemon=True).start()
    if not answered.wait(DEADLINE_S):
        sys.stderr.write(f"start: {name} cannot be reached at {address}: {reasons[-1]}\n")
        raise SystemExit(UNREACHABLE)


def warn_of_no_auth(settings: Settings, logger: logging.Logger) -> None:
    """Says so where everybody may do everything."""
    if not settings.auth:
        logger.warning("AUTH=off: everybody is admin 1")
