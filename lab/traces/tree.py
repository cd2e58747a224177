"""Spans as a tree, and what each of its rows took by itself."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lab.traces.span import IN_THE_SERVER, TraceSpan

MISSING = "not seen"
"""The name of a row that stands for spans that others name as their parent, and nobody has sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A span with what was done for it."""

    span: TraceSpan
    children: tuple["Node", ...] = ()
    missing: bool = False
    """Nobody has sent it; its times are those of its children."""

    @property
    def own_us(self) -> int:
        """What it took without its children: the time within it in which none of them was under way."""
        return self.span.took_us - _covered_us(self.span, [child.span for child in self.children])

    def rows(self, depth: int = 0) -> Iterator[tuple[int, "Node"]]:
        """The node and all below it, in the order in which they are drawn, with how deep they are."""
        yield depth, self
        for child in self.children:
            yield from child.rows(depth + 1)


def build(spans: Iterable[TraceSpan]) -> tuple[Node, ...]:
    """The trees that spans make, earliest first. Of spans with one identity the first counts; none is lost.

    A parent that is missing is a row of its own. Spans that are their own ancestors hang below such a row, too.
    """
    known: dict[str, TraceSpan] = {}
    for span in spans:
        known.setdefault(span.identity, span)
    below: defaultdict[str | None, list[TraceSpan]] = defaultdict(list)
    for span in known.values():
        below[_parent(span, known)].append(span)
    absent = [identity for identity in below if identity is not None and identity not in known]
    roots = [_node(span, below) for span in below[None]]
    roots += [_absent(identity, below) for identity in absent]
    return tuple(sorted(roots, key=_when))


def _parent(span: TraceSpan, known: dict[str, TraceSpan]) -> str | None:
    """The identity below which a span hangs: none of a circle, which has no top, is below another of it."""
    seen, above = {span.identity}, span.parent
    while above in known:
        if above in seen:
            return f"a circle of {min(seen)}"
        seen.add(above)
        above = known[above].parent
    return span.parent


def _node(span: TraceSpan, below: dict[str | None, list[TraceSpan]]) -> Node:
    children = [_node(child, below) for child in below.get(span.identity, ())]
    return Node(span=span, children=tuple(sorted(children, key=_when)))


def _absent(identity: str, below: dict[str | None, list[TraceSpan]]) -> Node:
    children = tuple(sorted((_node(span, below) for span in below[identity]), key=_when))
    began_us = min(child.span.began_us for child in children)
    ended_us = max(child.span.ended_us for child in children)
    first = children[0].span
    span = TraceSpan(
        trace=first.trace,
        identity=identity,
        parent=None,
        name=MISSING,
        service="?",
        began_us=began_us,
        took_us=ended_us - began_us,
    )
    return Node(span=span, children=children, missing=True)


def _when(node: Node) -> tuple[int, int, str]:
    return node.span.began_us, -node.span.took_us, node.span.identity


def _covered_us(span: TraceSpan, others: Sequence[TraceSpan]) -> int:
    """How much of a span's time others were under way in."""
    covered, upto = 0, span.began_us
    for other in sorted(others, key=lambda each: each.began_us):
        began = max(other.began_us, upto)
        ended = min(other.ended_us, span.ended_us)
        if ended > began:
            covered += ended - began
            upto = ended
    return covered


def behind(spans: Sequence[TraceSpan], proxy: TraceSpan, *, client: TraceSpan, skew_us: int) -> list[TraceSpan]:
    """The spans with a proxy among them: what servers did for the client, they did for the proxy.

    A proxy that knows its times less exactly, by `skew_us`, is made as long as it must have been for that, but not
    longer than the client waited.
    """
    served = [span for span in spans if span.kind == IN_THE_SERVER and span.parent == proxy.parent]
    began = _reach(proxy.began_us, [span.began_us for span in served], skew_us, min)
    ended = _reach(proxy.ended_us, [span.ended_us for span in served], skew_us, max)
    began, ended = max(began, client.began_us), min(ended, client.ended_us)
    proxy = replace(proxy, began_us=began, took_us=max(0, ended - began))
    return [replace(span, parent=proxy.identity) if span in served else span for span in spans] + [proxy]


def _reach(own_us: int, others: Iterable[int], skew_us: int, farthest: Callable[[Iterable[int]], int]) -> int:
    """The farthest of the moments that are no farther from one's own than the skew."""
    return farthest([own_us, *(other for other in others if abs(other - own_us) <= skew_us)])
