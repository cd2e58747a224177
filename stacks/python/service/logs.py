"""Lines of JSON on standard output, one for each request and for each event."""

import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from json import dumps
from types import TracebackType

_LEVELS = {"development": logging.DEBUG, "production": logging.INFO, "lab": logging.INFO, "testing": logging.WARNING}
_SERVER_ERROR = 500


def request_line(
    *,
    request_id: str,
    method: str,
    path: str,
    status: int,
    duration_s: float,
    client: str,
    user_id: int | None,
    order_id: int | None = None,
) -> None:
    """Writes the line of an answered request; with the order, where it has made one or asked for it by its key."""
    level = "error" if status >= _SERVER_ERROR else "info"
    user = "null" if user_id is None else user_id
    order = "" if order_id is None else f',"order":{order_id}'
    line = (
        f'{{"time":"{_now()}","level":"{level}","message":"request","request_id":"{request_id}",'
        f'"method":{_json(method)},"path":{_json(path)},"status":{status},"duration_ms":{duration_s * 1000:.3f},'
        f'"client":{_json(client)},"user":{user}{order}}}\n'
    )
    os.write(1, line.encode())  # one call: lines of several threads stay apart


def order_line(*, order_id: int, status: str, duration_s: float) -> None:
    """Writes the line of an order that the worker has finished: with its id, the request that made it is found."""
    line = (
        f'{{"time":"{_now()}","level":"info","message":"order","order":{order_id},"status":"{status}",'
        f'"duration_ms":{duration_s * 1000:.3f}}}\n'
    )
    os.write(1, line.encode())


class JsonLines(logging.Formatter):
    """A log record as a line of JSON; with its traceback where the service is being developed."""

    def __init__(self, *, tracebacks: bool) -> None:
        super().__init__()
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": _now(), "level": record.levelname.lower(), "message": record.getMessage()}
        if request_id := getattr(record, "request_id", None):
            line["request_id"] = request_id
        if record.exc_info and record.exc_info[0]:
            line |= self._error(*record.exc_info)
        return _json(line)

    def _error(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> dict[str, str]:
        if self._tracebacks:
            return {"traceback": "".join(traceback.format_exception(kind, error, trace))}
        while trace and trace.tb_next:
            trace = trace.tb_next
        at = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
        return {"error": kind.__name__ if kind else "", "at": at}  # not its text, which may quote a body


def configure(app_env: str) -> logging.Logger:
    """The service's logger `service`, at the level of its environment."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(tracebacks=app_env == "development"))
    logger = logging.getLogger("service")
    logger.handlers[:] = [handler]
    logger.setLevel(_LEVELS[app_env])
    logger.propagate = False
    return logger


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _json(value: object) -> str:
    return dumps(value, ensure_ascii=False, separators=(",", ":"))
