"""Whatever the tiers have written, the joined log of a request has each of its lines once, in order of time."""

import json

from hypothesis import given
from hypothesis import strategies as st

from lab.deploy import request_log
from lab.deploy.request_log import LogLine

ID = "ab12cd34-0001"
TIERS = st.sampled_from(["nginx", "app", "worker"])
IDS = st.sampled_from([ID, "another", ID + "-2"])


@given(st.lists(st.tuples(TIERS, IDS, st.integers(0, 59)), max_size=20))
def test_no_line_is_lost_or_told_twice_and_all_are_in_order(moments: list[tuple[str, str, int]]) -> None:
    written: dict[str, list[LogLine]] = {}
    for number, (tier, request_id, second) in enumerate(moments):
        fields = {"time": f"2026-11-28T02:00:{second:02}.000Z", "request_id": request_id, "number": number}
        written.setdefault(tier, []).append(LogLine(tier=tier, heard="", text=json.dumps(fields)))
    lines = request_log.joined(written, ID)
    own = [number for number, (_, request_id, _) in enumerate(moments) if request_id == ID]
    assert sorted(line.fields["number"] for line in lines) == own
    assert [line.time for line in lines] == sorted(line.time for line in lines)
