from types import SimpleNamespace
from typing import Any

import pytest

from lab.measure import own_word
from tests.unit.unit_project import Answering


def container(label: str | None, *addresses: str) -> Any:
    networks = {str(number): {"IPAddress": address} for number, address in enumerate(addresses)}
    labels = {} if label is None else {own_word.LABEL: label}
    return SimpleNamespace(labels=labels, attrs={"NetworkSettings": {"Networks": networks}})


def test_a_tier_is_asked_at_the_port_and_path_of_its_label(server: Answering) -> None:
    server.answers["/metrics"] = (200, "text/plain", "orders_queue_depth 12\n")
    told = own_word.ask(container(f"{server.port}/metrics", "", "127.0.0.1"))
    assert told is not None
    assert told.queued == 12


@pytest.mark.parametrize("label", [None, "", "{port}/elsewhere", "1/metrics"])
def test_who_has_no_label_or_does_not_answer_says_nothing(server: Answering, label: str | None) -> None:
    label = label.format(port=server.port) if label else label
    assert own_word.ask(container(label, "127.0.0.1")) is None


def test_who_is_in_no_network_says_nothing(server: Answering) -> None:
    assert own_word.ask(container(f"{server.port}/ready")) is None
