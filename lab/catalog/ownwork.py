"""The workloads that a project describes itself, under `requests`, as records."""

import json
from collections.abc import Mapping

from lab.catalog.stackfile import RequestLab, StackLab
from lab.model import Request, Workload

READY = "ready"
JSON_TYPE = "application/json"
ANY_ANSWER = tuple(range(200, 500))
"""What an entry may answer to be up: a page that wants a sign-in is one, a proxy's 502 is not."""


def workloads(lab: StackLab) -> dict[str, Workload]:
    """Workload → what it asks, in turn, and what must be answered."""
    return {
        name: Workload(name=name, requests=tuple(map(_request, requests)), summary=_summary(requests))
        for name, requests in lab.requests.items()
    }


def ready(lab: StackLab, known: Mapping[str, Workload]) -> Workload:
    """The request whose answer says that the stack is up: the path it names, else the first that a workload gets.

    Where neither is there, the path is `/`.
    """
    got = (r.path for name in lab.workloads if name in known for r in known[name].requests if r.method == "GET")
    path = lab.ready or next(got, "/")
    return Workload(name=READY, requests=(Request(path=path, statuses=ANY_ANSWER, content_type=None),))


def _summary(requests: list[RequestLab]) -> str:
    return f"{len(requests)} requests in turn" if len(requests) > 1 else f"{requests[0].method} {requests[0].path}"


def _request(asked: RequestLab) -> Request:
    answer = asked.answer
    sent = asked.body if isinstance(asked.body, str) or asked.body is None else json.dumps(asked.body)
    typed = any(name.lower() == "content-type" for name in asked.headers)
    declared = {} if sent is None or isinstance(asked.body, str) or typed else {"Content-Type": JSON_TYPE}
    return Request(
        path=asked.path,
        method=asked.method,
        headers=tuple({**declared, **asked.headers}.items()),
        sent=sent,
        statuses=tuple(answer.status),
        content_type=answer.type,
        body=answer.body,
        keys=tuple(answer.keys),
        size_bytes=answer.bytes,
    )
