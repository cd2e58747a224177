"""A FastAPI application of somebody who has read that async is faster."""

import time

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI(openapi_url=None)


@app.get("/ready")
async def ready() -> PlainTextResponse:
    return PlainTextResponse("ready")


@app.get("/report")
async def report() -> PlainTextResponse:
    time.sleep(1)  # a driver that knows nothing of event loops
    return PlainTextResponse("done")
