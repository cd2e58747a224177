"""Pure: the text of a `lab.yaml`, for people: what was found, key by key, and a word on what to change."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from lab.deploy.survey import Survey

HEAD = """\
# What the lab must know of this project beside its Compose files. `lab adopt` has written it: change what is wrong.
# All keys: docs/reference.md of the lab, "A project of your own".
"""
NONE: Mapping[str, str] = {}
HOME = {"home": [{"path": "/"}]}
_SCRIPTS = "# It asks in place of the lab, and checks its answers itself; the lab counts statuses.\n"
_VARIANTS = (
    "# Ways to start it that are to be compared: names that the Compose files read as ${NAME}, with their values.\n"
)
_MORE_VARIANTS = """\
# variants:
#   default: {}
#   eight: {WORKERS: "8"}
"""
_SLOTS = (
    "# Variant → factors of how many requests {service} has in service at once, and of how many processes compute.\n"
)
_NO_SLOTS = """\
# How many requests are in service at once is not known. If only so many can be: variant → factors, numbers or names.
# slots: {default: ["4"]}
"""


def render(
    survey: Survey,
    *,
    name: str,
    requests: Mapping[str, Sequence[Mapping[str, Any]]],
    scripts: Mapping[str, str] = NONE,
    compose: Sequence[str] = (),
    profiles: Sequence[str] = (),
    allow: Sequence[str] = (),
    egress: bool = False,
) -> str:
    """The whole file."""
    scheme = {"scheme": survey.scheme} if survey.scheme != "http" else {}
    parts = [
        HEAD,
        _block(name=name, title=" → ".join(dict.fromkeys(survey.tiers.values()))),
        _block(compose=list(compose)) if compose else "",
        _block(profiles=list(profiles)) if profiles else "",
        "# Where requests enter: the port inside the container.\n",
        _line(entry={"service": survey.entry, "port": survey.port, **scheme}),
        "# Service → what it is, from the client inwards.\n",
        _block(tiers=dict(survey.tiers)),
        "# They do one thing and end.\n" + _line(jobs=list(survey.jobs)) if survey.jobs else "",
        "# Shares of the budget's memory.\n",
        _line(memory=dict(survey.memory)),
        "# What is measured: each workload asks its requests in turn. An answer says what is right.\n",
        _line(workloads=[*requests, *scripts]),
        _block(requests={name: [dict(one) for one in asked] for name, asked in requests.items()}) if requests else "",
        _SCRIPTS + _block(scripts={name: {"file": file} for name, file in scripts.items()}) if scripts else "",
        _started(survey),
        _frozen(survey),
        "# Its containers may reach the world outside.\n" + _block(egress=True) if egress else "",
        "# What the lab would refuse otherwise.\n" + _line(allow=list(allow)) if allow else "",
    ]
    return "".join(parts)


def _started(survey: Survey) -> str:
    """How it may be started, and how much goes side by side then."""
    found = survey.concurrency
    settings = found.settings if found else {}
    variants = _VARIANTS + (_block(variants={"default": settings}) if settings else _MORE_VARIANTS)
    if found is None:
        return variants + _NO_SLOTS
    factors = {"slots": found.slots, "processes": found.processes}
    known = {key: {"default": [one.text for one in some]} for key, some in factors.items() if some}
    return variants + _SLOTS.format(service=found.service) + "".join(_line(**{key: one}) for key, one in known.items())


def _frozen(survey: Survey) -> str:
    """That it is to be stopped, and why; nothing where it bears to be frozen."""
    why = "".join(f"# {service}: {why}. So it is stopped then, not frozen.\n" for service, why in survey.frail.items())
    return f"# While others are measured:\n{why}pausable: false\n" if why else ""


def _block(**keys: Any) -> str:
    """Keys with their values below them."""
    return yaml.safe_dump(keys, sort_keys=False, allow_unicode=True, width=110)


def _line(**keys: Any) -> str:
    """Keys with their values beside them."""
    return "".join(
        f"{key}: {yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)}"
        for key, value in keys.items()
    )
