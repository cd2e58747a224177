"""Whether what the service stands on is there when it starts: Postgres and Redis."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from parts import FAILURES, Parts
from service.settings import Settings

START_DEADLINE_S = 5
ASK_DEADLINE_S = 1
PAUSE_S = 0.05


async def require_ground(settings: Settings) -> None:
    """Returns as soon as Postgres and Redis answer; after 5 s says which does not and exits with code 3."""
    deadline_s = time.monotonic() + START_DEADLINE_S
    async with Parts.opened(settings, processes=1) as parts:
        await _require("Postgres", settings.postgres_host, parts.database.answer, deadline_s)
        await _require("Redis", settings.redis_host, parts.redis_client.ping, deadline_s)


async def _require(name: str, host: str, ask: Callable[[], Awaitable[object]], deadline_s: float) -> None:
    while True:
        try:
            async with asyncio.timeout(ASK_DEADLINE_S):
                await ask()
        except FAILURES as error:
            if time.monotonic() > deadline_s:
                reason = str(error) or type(error).__name__
                sys.stderr.write(f"start: {name} cannot be reached at {host}: {reason}\n")
                raise SystemExit(3) from None
        else:
            return
        await asyncio.sleep(PAUSE_S)
