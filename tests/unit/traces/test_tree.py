from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.traces import tree
from lab.traces.span import TraceSpan
from lab.traces.tree import Node
from tests.unit.traces.traces_factories import make_span

NAMES = st.sampled_from("abcdefgh")
SPANS = st.lists(
    st.builds(
        make_span,
        NAMES,
        parent=st.none() | NAMES | st.just("nobody"),
        began_us=st.integers(0, 1000),
        took_us=st.integers(0, 1000),
    ),
    max_size=12,
)


def every(trees: tuple[Node, ...]) -> Iterator[Node]:
    for each in trees:
        yield from (node for _, node in each.rows())


def below(node: Node) -> list[str]:
    return [child.span.identity for child in node.children]


def test_a_span_stands_below_its_parent_and_the_earlier_one_first() -> None:
    (root,) = tree.build([make_span("late", "root", 50), make_span("root"), make_span("early", "root", 10)])
    assert (root.span.identity, below(root)) == ("root", ["early", "late"])
    assert [(depth, node.span.identity) for depth, node in root.rows()] == [(0, "root"), (1, "early"), (1, "late")]


def test_a_parent_that_nobody_has_sent_is_a_row_of_its_own() -> None:
    (lost,) = tree.build([make_span("one", "gone", 10, 20), make_span("two", "gone", 40, 5)])
    assert (lost.missing, lost.span.name, below(lost)) == (True, tree.MISSING, ["one", "two"])
    assert (lost.span.began_us, lost.span.took_us) == (10, 35)


def test_what_a_span_took_alone_is_the_time_that_no_child_covers() -> None:
    spans = [make_span("root", None, 0, 100), make_span("a", "root", 10, 30), make_span("b", "root", 20, 40)]
    (root,) = tree.build([*spans, make_span("after", "root", 90, 500)])
    assert root.own_us == 100 - 50 - 10


@given(SPANS)
def test_no_span_is_lost_or_shown_twice(spans: list[TraceSpan]) -> None:
    shown = [node.span.identity for node in every(tree.build(spans)) if not node.missing]
    assert sorted(shown) == sorted({span.identity for span in spans})


@given(SPANS)
def test_only_spans_that_others_name_are_missing(spans: list[TraceSpan]) -> None:
    for node in every(tree.build(spans)):
        if node.missing:
            assert node.children
        assert 0 <= node.own_us <= node.span.took_us


CLIENT = make_span("client", None, 1000, 10_000, kind="CLIENT")


def proxied(app: TraceSpan, *, began_us: int = 3000, took_us: int = 4000, skew_us: int = 2000) -> dict[str, TraceSpan]:
    proxy = make_span("nginx", "client", began_us, took_us, kind="SERVER")
    return {span.identity: span for span in tree.behind([app], proxy, client=CLIENT, skew_us=skew_us)}


@given(st.integers(0, 12_000), st.integers(0, 12_000), st.integers(0, 12_000), st.integers(0, 12_000))
def test_a_proxy_holds_what_sticks_out_of_it_by_the_skew_and_is_no_longer_than_its_client(
    began: int, took: int, app_began: int, app_took: int
) -> None:
    app = make_span("app", "client", app_began, app_took, kind="SERVER")
    nginx = proxied(app, began_us=began, took_us=took)["nginx"]
    assert nginx.took_us >= 0
    if CLIENT.began_us <= app_began and app.ended_us <= CLIENT.ended_us:
        if abs(app_began - began) <= 2000:
            assert nginx.began_us <= app_began
        if abs(app.ended_us - (began + took)) <= 2000:
            assert nginx.ended_us >= app.ended_us
    if nginx.took_us:
        assert CLIENT.began_us <= nginx.began_us
        assert nginx.ended_us <= CLIENT.ended_us


def test_a_proxy_that_knows_its_times_to_a_millisecond_takes_nothing_from_the_app() -> None:
    found = proxied(make_span("app", "client", 3300, 500, kind="SERVER"), took_us=0)
    assert (found["app"].began_us, found["app"].took_us) == (3300, 500)
    assert (found["nginx"].began_us, found["nginx"].ended_us) == (3000, 3800)


def test_what_is_farther_out_than_the_skew_moves_nothing() -> None:
    nginx = proxied(make_span("app", "client", 3300, 5000, kind="SERVER"), skew_us=100)["nginx"]
    assert (nginx.began_us, nginx.took_us) == (3000, 4000)


@pytest.mark.parametrize("kind", ["SERVER", "CLIENT"])
def test_what_a_server_did_for_the_client_it_did_for_the_proxy_before_it(kind: str) -> None:
    proxy = make_span("nginx", "client", 3000, kind="SERVER")
    spans = [make_span("app", "client", 3000, kind=kind), make_span("sql", "app")]
    parents = {span.identity: span.parent for span in tree.behind(spans, proxy, client=CLIENT, skew_us=0)}
    assert parents == {"app": "nginx" if kind == "SERVER" else "client", "sql": "app", "nginx": "client"}
