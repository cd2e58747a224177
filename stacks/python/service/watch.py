"""Whether the stores answer: looked at once a second, so that nobody who wants to know has to wait for them.

What a store did not answer is not asked of it until it does: a request that can only fail fails at once.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping

from service.metrics import SILENT
from service.steps import CACHE, POSTGRES, REDIS, TIMEOUT_S, Unreachable

LOOKS = 2  # in vain, until a store counts as silent
INTERVAL_S = 1.0  # between two looks; each takes TIMEOUT_S at most
STORES = {POSTGRES: "postgres", REDIS: "redis", CACHE: "cache"}  # as the metrics call them
NEEDED = (POSTGRES, REDIS)  # without the cache all goes on
_LOGGER = logging.getLogger("service")


class Watch:
    """What the last looks at each store have found; at first that all answer."""

    def __init__(self) -> None:
        self._missed: dict[str, int] = {}  # looks in a row

    @property
    def ready(self) -> bool:
        """Whether those answer without which nothing goes on."""
        return not any(self.is_silent(name) for name in NEEDED)

    def require_ready(self) -> None:
        """Raises Unreachable where one of those does not answer, for the log to say which."""
        for name in NEEDED:
            self.require(name)

    def is_silent(self, name: str) -> bool:
        """Whether a store did not answer the last looks: one alone may have come at a bad moment of ours."""
        return self._missed.get(name, 0) >= LOOKS

    def require(self, name: str) -> None:
        """Raises Unreachable where that store is silent."""
        if self.is_silent(name):
            raise Unreachable(f"{name} did not answer a moment ago")

    def note(self, name: str, failure: BaseException | None) -> None:
        """Keeps what a look has found, and says it where it is news."""
        was_silent = self.is_silent(name)
        self._missed[name] = 0 if failure is None else self._missed.get(name, 0) + 1
        SILENT.labels(STORES.get(name, name)).set(self.is_silent(name))
        if was_silent and failure is None:
            _LOGGER.warning("%s answers again", name)
        elif self.is_silent(name) and not was_silent:
            _LOGGER.warning("%s does not answer", name, exc_info=failure)


Looks = Mapping[str, Callable[[], object]]
AsyncLooks = Mapping[str, Callable[[], Awaitable[object]]]


def in_threads(watch: Watch, looks: Looks, failures: tuple[type[Exception], ...]) -> None:
    """Looks from now on, at each store in a thread of its own. The looks keep to TIMEOUT_S themselves."""

    def keep_looking(name: str, look: Callable[[], object]) -> None:
        pause = threading.Event()
        while not pause.wait(INTERVAL_S):
            try:
                look()
            except failures as error:
                watch.note(name, error)
            else:
                watch.note(name, None)

    for name, look in looks.items():
        threading.Thread(target=keep_looking, args=(name, look), daemon=True, name=f"watch {name}").start()


async def in_loop(watch: Watch, looks: AsyncLooks, failures: tuple[type[Exception], ...]) -> None:
    """Looks until it is cancelled."""

    async def keep_looking(name: str, look: Callable[[], Awaitable[object]]) -> None:
        # A client that is just about to answer may keep its caller's cancellation to itself.
        while not asyncio.current_task().cancelling():  # type: ignore[union-attr]  # it runs in one
            await asyncio.sleep(INTERVAL_S)
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    await look()
            except failures as error:
                watch.note(name, error)
            else:
                watch.note(name, None)

    await asyncio.gather(*(keep_looking(name, look) for name, look in looks.items()))
