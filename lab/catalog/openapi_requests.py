"""An OpenAPI document (3.x, or Swagger 2) → the requests of a `lab.yaml`: what it can be asked without being changed.

Taken are operations with GET. A parameter gets its example, else its default, else the first of its choices. An
operation that needs a value which the document does not give is named and left out.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

Operation = tuple[str, Mapping[str, Any], list[Mapping[str, Any]]]
"""A path, its GET, and the parameters of both."""
_OTHERS = ("post", "put", "patch", "delete")
_SAFE_IN_PATH = "/{}:@!$&'()*+,;=~-._%"
_DEEPEST = 20
"""References that refer to references; more are a circle."""
_OF_THE_CLIENT = frozenset({"accept", "content-type", "authorization"})
"""Headers that OpenAPI itself leaves out of its parameters."""


class NoValue(Exception):
    """A parameter that is needed and for which the document gives no value."""


def is_openapi(document: object) -> bool:
    """Whether a JSON or YAML value is such a document."""
    return isinstance(document, dict) and isinstance(document.get("paths"), dict) and bool(_version(document))


def _version(document: Mapping[str, Any]) -> object:
    return document.get("openapi") or document.get("swagger")


def read(document: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """The requests, and what is left out, line by line."""
    base, left_out = _base(document)
    requests, changing = [], 0
    for path, said in _mapping(document, "paths").items():
        item = _resolved(document, said)
        changing += sum(method in item for method in _OTHERS)
        if not isinstance(item.get("get"), dict):
            continue
        try:
            requests.append(_request(document, base, str(path), item))
        except NoValue as lacking:
            left_out.append(f"GET {path}: there is no example for {lacking}")
    if changing:
        left_out.append(f"{changing} operations that are no GET: add them to lab.yaml by hand")
    return requests, left_out


def _base(document: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What all paths begin with, and the hosts of the document's servers."""
    if "basePath" in document or "host" in document:
        servers = [f"//{document.get('host', '')}{document.get('basePath', '')}"]
    else:
        listed = document.get("servers")
        servers = [_server(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    hosts = [urlsplit(server).netloc for server in servers]
    left_out = [f"the server {host}: load goes to the stack alone" for host in dict.fromkeys(hosts) if host]
    path = urlsplit(servers[0]).path if servers else ""
    return f"/{path.strip('/')}" if path.strip("/") else "", left_out


def _server(said: Mapping[str, Any]) -> str:
    """Its address, with the defaults of its variables."""
    url = str(said.get("url", ""))
    for name, variable in _mapping(said, "variables").items():
        url = url.replace(f"{{{name}}}", str(variable.get("default", "")) if isinstance(variable, dict) else "")
    return url


def _request(document: Mapping[str, Any], base: str, path: str, item: Mapping[str, Any]) -> dict[str, Any]:
    values = {(str(one.get("in")), str(one.get("name"))): _needed(document, one) for one in _parameters(document, item)}
    given = {place: value for place, value in values.items() if value is not None}
    for (where, name), value in given.items():
        if where == "path":
            path = path.replace(f"{{{name}}}", quote(_text(value), safe=""))
    if "{" in path:
        raise NoValue(path[path.index("{") + 1 :].partition("}")[0])
    query = [
        f"{quote_plus(name)}={quote_plus(_text(each))}"
        for (where, name), value in given.items()
        for each in (value if isinstance(value, list) else [value])
        if where == "query"
    ]
    headers = {
        name: _text(value)
        for (where, name), value in given.items()
        if where == "header" and name.lower() not in _OF_THE_CLIENT
    }
    answer = _answer(document, item["get"])
    whole = quote(f"{base}{path}", safe=_SAFE_IN_PATH) + (f"?{'&'.join(query)}" if query else "")
    return {
        "path": whole if whole.startswith("/") else f"/{whole}",
        **({"headers": headers} if headers else {}),
        **({"answer": answer} if answer else {}),
    }


def _needed(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> Any:
    """The value of a parameter; None for one that has none and may be left out. Raises NoValue."""
    value = _value(document, parameter)
    if value is None and (parameter.get("in") == "path" or parameter.get("required") is True):
        raise NoValue(str(parameter.get("name", "")))
    return value


def _parameters(document: Mapping[str, Any], item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those of the path and of its GET, which replaces those of the same name and place."""
    found: dict[tuple[Any, Any], Mapping[str, Any]] = {}
    for holder in (item, item["get"]):
        listed = holder.get("parameters")
        for one in listed if isinstance(listed, list) else ():
            parameter = _resolved(document, one)
            found[str(parameter.get("name")), str(parameter.get("in"))] = parameter
    return list(found.values())


def _value(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> Any:
    """What to send for a parameter; None where the document says nothing."""
    schema = _resolved(document, parameter.get("schema", {}))
    return next((value for value in _candidates(document, parameter, schema) if _can_be_sent(value)), None)


def _candidates(document: Mapping[str, Any], parameter: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Any]:
    yield parameter.get("example")
    for example in _mapping(parameter, "examples").values():
        yield _resolved(document, example).get("value")
    yield schema.get("example")
    yield from _listed(schema, "examples")
    yield parameter.get("default")
    yield schema.get("default")
    yield from _listed(schema, "enum")
    yield from _listed(parameter, "enum")


def _can_be_sent(value: Any) -> bool:
    listed = isinstance(value, list) and bool(value) and all(_can_be_sent(each) for each in value)
    return listed or (isinstance(value, str | int | float | date) and value != "")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    if isinstance(value, date):  # as YAML reads what looks like one
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _answer(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any]:
    """The first answer that is no error: its status, and its content type where it has one only."""
    for status, said in _mapping(operation, "responses").items():
        code = str(status)
        if code.isdigit() and 200 <= int(code) < 400:  # noqa: PLR2004 - what HTTP calls no error
            kinds = [*_mapping(_resolved(document, said), "content")]
            typed = {"type": str(kinds[0])} if len(kinds) == 1 and "*" not in str(kinds[0]) else {}
            return {"status": int(code), **typed}
    return {}


def _resolved(document: Mapping[str, Any], value: Any) -> Mapping[str, Any]:
    """What a reference within the document refers to; nothing for one that leads elsewhere, or in a circle."""
    for _ in range(_DEEPEST):
        if not isinstance(value, dict):
            return {}
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return value
        value = document if reference.startswith("#/") else {}
        for step in reference[2:].split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            value = value.get(key) if isinstance(value, dict) else None
    return {}


def _mapping(holder: Mapping[str, Any], key: str) -> Mapping[Any, Any]:
    found = holder.get(key)
    return found if isinstance(found, dict) else {}


def _listed(holder: Mapping[str, Any], key: str) -> list[Any]:
    found = holder.get(key)
    return found if isinstance(found, list) else []
