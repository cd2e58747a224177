"""What the lab reads of a Locust run: every request, and the moments when all users are there and when it is over.

Works where the environment has LAB_OUT, the folder for what was recorded: one file of JSON for each process. The marks
"ramp" and "over" go to file descriptor 3, as everything else that Locust prints is in the way of who reads them.
With LAB_COUNTED_S the run ends so many seconds after the last user has come.
"""

import json
import os
import time
from pathlib import Path

import gevent
import requests
from locust import events
from locust.exception import CatchResponseError, LocustError
from locust.runners import WorkerRunner

TIMEOUT_S = 60
MARKS_TO = 3

requests_done = []  # [when it was answered, in s; latency in µs; what was wrong or null; bytes]
marks = {}  # name → when, in s
# time.monotonic() is the same clock in all processes of a machine.


class Wrong(Exception):
    """An answer that is not right: `status` or `body`."""


def kind(exception):
    """What went wrong, in the lab's words; None if nothing did."""
    if exception is None:
        return None
    if isinstance(exception, Wrong):
        return str(exception)
    if type(exception).__name__ in ("HTTPError", "BadStatusCode"):  # of requests, or of Locust's fast client
        return "status"
    if isinstance(exception, CatchResponseError | LocustError):  # what a script itself calls a failure
        return "body"
    if isinstance(exception, requests.exceptions.ConnectTimeout | requests.exceptions.ReadTimeout):
        return "timeout"
    return "connect" if "NewConnectionError" in repr(exception) else "read"


def mark(name):
    marks[name] = time.monotonic()
    os.write(MARKS_TO, f"{name}\n".encode())


def leads(environment):
    """Whether this process is the only one or the master, and not one of several workers."""
    return not isinstance(environment.runner, WorkerRunner)


def record(response_time, response_length, exception, **_):
    requests_done.append([time.monotonic(), round(response_time * 1000), kind(exception), response_length or 0])


def begin(**_):
    marks["start"] = time.monotonic()


def count(environment):
    mark("ramp")
    gevent.sleep(float(os.environ["LAB_COUNTED_S"]))
    mark("over")
    environment.runner.quit()


def write(environment, **_):
    report = {"requests": requests_done, "marks": marks if leads(environment) else {}}
    Path(os.environ["LAB_OUT"], f"{os.getpid()}.json").write_text(json.dumps(report) + "\n", "ascii")


def listen(environment, **_):
    events.request.add_listener(record)
    events.quitting.add_listener(write)
    if leads(environment):
        events.test_start.add_listener(begin)
        events.spawning_complete.add_listener(lambda **_: gevent.spawn(count, environment))


if "LAB_OUT" in os.environ:
    events.init.add_listener(listen)
