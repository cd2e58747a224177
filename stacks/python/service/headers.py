"""What the headers of a request mean, and the checks of them that do not need a body."""

import re
import uuid

from service.problems import FieldError, Problem

BODY_LIMIT = 16_384  # bytes
LINE_LIMIT = 8_192  # bytes, of the first line
PROTOBUF = "application/x-protobuf"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,64}")
_ZERO = re.compile(r"0(\.0{0,3})?")


def request_id(sent: str | None) -> str:
    """The request's own id where it is one, else a new one."""
    if sent is not None and _REQUEST_ID.fullmatch(sent):
        return sent
    return uuid.uuid4().hex


def client_address(peer: str, forwarded: str | None, *, trust: bool) -> str:
    """Who asks: behind a proxy the entry that the proxy added, which is the last of X-Forwarded-For."""
    if trust and forwarded and (last := forwarded.rpartition(",")[2].strip()):
        return last
    return peer


def require_line(method: str, target_bytes: int) -> None:
    """Raises the problem `uri-too-long` where the first line, with such a method and target, has too many bytes."""
    if len(method) + target_bytes + len("  HTTP/1.1") > LINE_LIMIT:
        raise Problem("uri-too-long")


def require_json(content_type: str | None) -> None:
    """Raises the problem `unsupported-media-type` unless the body is said to be JSON."""
    if content_type is None or content_type.partition(";")[0].strip().lower() != "application/json":
        raise Problem("unsupported-media-type")


def require_size(size: int) -> None:
    """Raises the problem `body-too-large` for so many bytes."""
    if size > BODY_LIMIT:
        raise Problem("body-too-large")


def idempotency_key(sent: str | None) -> str:
    """The key of an order; raises the problems `idempotency-key-missing` and `invalid-fields`."""
    if sent is None:
        raise Problem("idempotency-key-missing")
    if not _IDEMPOTENCY_KEY.fullmatch(sent):
        raise Problem("invalid-fields", errors=[FieldError("header", "Idempotency-Key", "format")])
    return sent


def wants_protobuf(accept: str | None) -> bool:
    """Whether `Accept` lists Protobuf with a quality that is not 0."""
    if not accept or PROTOBUF not in accept.lower():
        return False
    return any(_accepts(entry) for entry in accept.lower().split(","))


def _accepts(entry: str) -> bool:
    media_type, *parameters = (part.strip() for part in entry.split(";"))
    qualities = [value.strip() for name, _, value in (p.partition("=") for p in parameters) if name.strip() == "q"]
    return media_type == PROTOBUF and not any(_ZERO.fullmatch(quality) for quality in qualities)
