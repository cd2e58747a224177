"""Problem documents as the service's rules write them."""

import json

import requests

from tests.nginx.nginx_deployed import ROOT

PROBLEMS = json.loads((ROOT / "stacks/service/problems.json").read_text())


def assert_problem(answer: requests.Response, slug: str) -> None:
    """An answer is this problem to the byte, with the headers that go with every problem."""
    known = PROBLEMS[slug]
    document = {"type": f"urn:lab:problem:{slug}", **{key: known[key] for key in ("title", "status", "detail")}}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    assert (answer.status_code, answer.content) == (known["status"], body)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"]
