"""A FastAPI application of somebody who knows what a driver does with its thread."""

import time

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI(openapi_url=None)


@app.get("/ready")
async def ready() -> PlainTextResponse:
    return PlainTextResponse("ready")


@app.get("/report")
def report() -> PlainTextResponse:
    time.sleep(1)  # in a thread of the pool: the event loop goes on
    return PlainTextResponse("done")
