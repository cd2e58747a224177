"""A FastAPI application of somebody who has read that async is faster."""

import driver
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

app = FastAPI(openapi_url=None)


@app.get("/ready")
async def ready() -> PlainTextResponse:
    return PlainTextResponse("ready")


@app.get("/report")
async def report(request: Request) -> PlainTextResponse:
    return PlainTextResponse(driver.fetch(request.headers.get("X-Request-Id", "-")))
