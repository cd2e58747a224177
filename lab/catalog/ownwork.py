"""The workloads that a project describes itself, under `requests`, as records."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from lab.catalog.stackfile import RequestLab, ScriptLab, StackLab
from lab.errors import UsageError, meant
from lab.model import Credentials, Request, Script, Workload

READY = "ready"
JSON_TYPE = "application/json"
ANY_ANSWER = tuple(range(200, 500))
"""What an entry may answer to be up: a page that wants a sign-in is one, a proxy's 502 is not."""


def workloads(lab: StackLab, *, folder: Path) -> dict[str, Workload]:
    """Workload → what it asks, in turn, and what must be answered. Files are looked for in the project's folder.

    Raises UsageError for a script that cannot be read.
    """
    asked = {
        name: Workload(
            name=name,
            requests=tuple(map(_request, requests)),
            summary=_summary(requests),
            sign_in=_credentials(lab, name, folder),
        )
        for name, requests in lab.requests.items()
    }
    return asked | {name: _scripted(name, script, folder) for name, script in lab.scripts.items()}


def mistakes(lab: StackLab) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What a schema cannot see of them: the key, and what is wrong there."""
    for name in lab.scripts.keys() & lab.requests.keys():
        yield ("scripts", name), "is among `requests`, too"
    signed = (lab.sign_in.workloads or ()) if lab.sign_in else ()
    for place, name in enumerate(signed):
        if name not in lab.requests:
            said = f"there is no workload {name!r} in `requests`{meant(name, lab.requests)}"
            yield ("sign_in", "workloads", place), said


def _credentials(lab: StackLab, workload: str, folder: Path) -> Credentials | None:
    said = lab.sign_in
    if said is None or (said.workloads is not None and workload not in said.workloads):
        return None
    return Credentials(
        headers=tuple(said.headers.items()),
        path=said.path,
        form=said.form,
        json=said.body,
        token=said.token,
        header=said.header,
        secrets=folder / said.secrets if said.secrets else None,
    )


def _scripted(name: str, said: ScriptLab, folder: Path) -> Workload:
    tool: Literal["wrk", "locust"] = "wrk" if said.file.endswith(".lua") else "locust"
    try:
        text = (folder / said.file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the script of {name} cannot be read: {error}",
            where=f"scripts.{name}.file",
            fix=f"name a file in {folder}",
        ) from None
    alive = Request(path=said.path, statuses=ANY_ANSWER, content_type=None)
    return Workload(
        name=name,
        requests=(alive,),
        script=Script(tool=tool, file=said.file, text=text),
        summary=f"{said.file}, which checks its answers itself",
    )


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
