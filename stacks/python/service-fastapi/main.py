"""Starts the service: `python main.py`."""

import asyncio
import os
import tempfile

import uvicorn
from processes import worker_count


def main() -> None:
    """Reads the settings (exit code 2), looks for Postgres and Redis (exit code 3), then serves until SIGTERM."""
    workers = worker_count()
    if workers > 1:  # then a process cannot answer GET /metrics for all, unless they share files; read at import
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="metrics-")
    from ground import require_ground  # noqa: PLC0415
    from service.settings import Settings  # noqa: PLC0415

    settings = Settings.read()
    # Here and not in the lifespan: uvicorn with several processes exits with 0 when none of them could start.
    asyncio.run(require_ground(settings))
    uvicorn.run(
        "app:create_app",
        factory=True,
        host="0.0.0.0",
        port=8080,
        workers=workers,
        loop="uvloop",
        http="traced_protocol:TracedProtocol" if settings.traces else "head_bounds:HeadBoundsProtocol",
        ws="none",  # who asks for a WebSocket gets the answer to his request
        access_log=False,  # the service writes its own line
        log_level="error",  # no warnings of what clients send
        proxy_headers=False,  # whose X-Forwarded-For is believed is the service's setting TRUST_PROXY
        server_header=False,
        timeout_keep_alive=75,  # longer than Nginx keeps them (60 s), or it writes to one that was just closed
        timeout_graceful_shutdown=1,  # seconds for requests under way; the container gets 2 to stop
        timeout_worker_healthcheck=3600,  # else a process that the lab froze for a while is killed for its silence
    )


if __name__ == "__main__":
    main()
