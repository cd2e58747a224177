"""The application: yours. It does not know of ids."""

import time

from flask import Flask

app = Flask(__name__)


@app.get("/ready")
def ready() -> str:
    return "ready"


@app.get("/work")
def work() -> str:
    time.sleep(0.2)
    return "done"
