"""Override files with Compose's own tags: `!override` puts a value in another's place, `!reset` takes one away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Replaced:
    """A mapping or a list that takes the place of what the earlier files say, where it would be merged otherwise."""

    value: Any


class Reset:
    """Nothing in the place of what the earlier files say."""


RESET = Reset()


class _Dumper(yaml.SafeDumper):
    """Writes both, and each list and mapping where it stands: no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _replaced(dumper: _Dumper, data: Replaced) -> yaml.Node:
    node = dumper.represent_data(data.value)
    node.tag = "!override"
    return node


def _reset(dumper: _Dumper, _data: Reset) -> yaml.Node:
    return dumper.represent_scalar("!reset", "null")


_Dumper.add_representer(Replaced, _replaced)
_Dumper.add_representer(Reset, _reset)


def dump(data: Mapping[str, Any]) -> str:
    """The YAML of an override, keys in their order."""
    return yaml.dump(dict(data), Dumper=_Dumper, sort_keys=False)
