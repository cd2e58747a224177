"""Workloads that are made of several operations, or of one with bodies and tokens: the root's `x-lab`."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import gcd, lcm
from typing import Any
from urllib.parse import urlencode

from pydantic import JsonValue

from lab.catalog import templates
from lab.catalog.contractfile import AccountsFile, ContractLab, Delay, NumberRange, Operation, RequestFile, WorkloadFile
from lab.catalog.yamlfile import Document, KeyPath
from lab.model import Request, SignIn, Workload

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedOperation:
    """An operation that workloads can be made of."""

    path: str
    method: str
    operation: Operation


def load(
    document: Document, lab: ContractLab, *, pieces: Mapping[str, NamedOperation], taken: Collection[str]
) -> tuple[dict[str, Workload], list[str]]:
    """The workloads that a contract's root describes, and the mistakes found on the way; `taken` are names."""
    found: dict[str, Workload] = {}
    mistakes = [document.mistake(key, message) for key, message in _wrong_accounts(lab.accounts, pieces)]
    for name, described in lab.workloads.items():
        at = ("x-lab", "workloads", name)
        wrong = list(_wrong(described, lab.accounts, pieces))
        if name in taken:
            wrong.insert(0, ((), f"{name!r} is the name of another workload"))
        mistakes += [document.mistake((*at, *key), message) for key, message in wrong]
        if not wrong and not mistakes:
            found[name] = _workload(name, described, lab.accounts, pieces)
    return found, mistakes


def delay(described: Delay | None) -> dict[str, Any]:
    """What a workload says of its handler's sleep."""
    if described is None:
        return {}
    return {
        "delay_setting": described.setting,
        "delay_s": described.default_s,
        "delay_when": tuple(described.when.items()),
        "at_once": described.at_once,
    }


def _wrong_accounts(
    accounts: AccountsFile | None, pieces: Mapping[str, NamedOperation]
) -> Iterator[tuple[KeyPath, str]]:
    if accounts is not None and accounts.operation not in pieces:
        yield ("x-lab", "accounts", "operation"), _no_piece(accounts.operation)


def _wrong(
    described: WorkloadFile, accounts: AccountsFile | None, pieces: Mapping[str, NamedOperation]
) -> Iterator[tuple[KeyPath, str]]:
    if described.role is not None and (accounts is None or described.role not in accounts.roles):
        yield ("as",), f"there are no accounts with the role {described.role!r}"
    for index, request in enumerate(described.requests):
        if request.operation not in pieces:
            yield ("requests", index, "operation"), _no_piece(request.operation)
        else:
            made = next(_requests(request, pieces[request.operation], fixed=False))
            sent: list[JsonValue] = [made.path, made.sent, *(value for _, value in made.headers)]
            if open_places := [place for text in sent for place in templates.open_places(text)]:
                yield ("requests", index), f"leaves a parameter open: {open_places[0]}"


def _no_piece(operation: str) -> str:
    return f"there is no operation {operation!r} with the tag service"


def _workload(
    name: str, described: WorkloadFile, accounts: AccountsFile | None, pieces: Mapping[str, NamedOperation]
) -> Workload:
    groups = [
        tuple(_requests(request, pieces[request.operation], fixed=described.fixed)) for request in described.requests
    ]
    return Workload(
        name=name,
        requests=tuple(request for group in groups for request in group),
        turns=_turns([len(group) for group in groups], [request.weight for request in described.requests]),
        sign_in=_sign_in(accounts, described.role, pieces) if accounts and described.role else None,
        summary=described.summary,
        **delay(described.delay),
    )


def _requests(described: RequestFile, piece: NamedOperation, *, fixed: bool) -> Iterator[Request]:
    """One request for each combination of values."""
    choices = {name: _values(values) for name, values in described.each.items()}
    for chosen in product(*choices.values()):
        values = dict(zip(choices, chosen, strict=True))
        query = {key: templates.text(str(value), values) for key, value in described.query.items()}
        body = None if described.body is None else _json(templates.filled(described.body, values))
        headers = {key: templates.text(value, values) for key, value in described.headers.items()}
        yield Request(
            method=piece.method.upper(),
            path=templates.text(piece.path, values) + (f"?{urlencode(query, safe='{}')}" if query else ""),
            headers=tuple((headers if body is None else {"Content-Type": JSON, **headers}).items()),
            sent=body,
            statuses=piece.operation.statuses,
            content_type=piece.operation.content[0],
            fixed=fixed,
        )


def _values(described: NumberRange | list[int | str]) -> Sequence[int | str]:
    return range(described.first, described.last + 1) if isinstance(described, NumberRange) else described


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _turns(lengths: Sequence[int], weights: Sequence[int]) -> tuple[int, ...]:
    """The order of requests, by place, so that each group comes as often as its weight says.

    Each round has `weight` requests of each group, which takes its own in turn; it is over when all groups are back
    at their first. Without different weights: (), one after the other.
    """
    if len(set(weights)) == 1:
        return ()
    rounds = lcm(*(length // gcd(length, weight) for length, weight in zip(lengths, weights, strict=True)))
    firsts = [sum(lengths[:group]) for group in range(len(lengths))]
    return tuple(
        firsts[group] + (number * weight + step) % lengths[group]
        for number in range(rounds)
        for group, weight in enumerate(weights)
        for step in range(weight)
    )


def _sign_in(accounts: AccountsFile, role: str, pieces: Mapping[str, NamedOperation]) -> SignIn:
    return SignIn(
        path=pieces[accounts.operation].path,
        bodies=tuple(
            _json({"email": templates.text(accounts.email, {"n": number}), "password": accounts.password})
            for number in accounts.roles[role]
        ),
    )
