"""A FastAPI application of somebody who knows what a driver does with its thread."""

import driver
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

app = FastAPI(openapi_url=None)


@app.get("/ready")
async def ready() -> PlainTextResponse:
    return PlainTextResponse("ready")


@app.get("/report")
def report(request: Request) -> PlainTextResponse:
    # In a thread of the pool: the event loop goes on.
    return PlainTextResponse(driver.fetch(request.headers.get("X-Request-Id", "-")))
