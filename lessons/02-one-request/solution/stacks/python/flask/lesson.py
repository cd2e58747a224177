"""The application: it writes the id of each request down, and gives it back."""

import logging
import time

from flask import Flask, Response, request

logging.basicConfig(level=logging.INFO, format="flask %(message)s")
app = Flask(__name__)


@app.after_request
def tell(response: Response) -> Response:
    identity = request.headers.get("X-Request-Id", "-")
    app.logger.info("id=%s path=%s status=%s", identity, request.path, response.status_code)
    response.headers["X-Request-Id"] = identity
    return response


@app.get("/ready")
def ready() -> str:
    return "ready"


@app.get("/work")
def work() -> str:
    time.sleep(0.2)
    return "done"
