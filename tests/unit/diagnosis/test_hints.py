from dataclasses import replace

from lab.diagnosis import hints
from tests.unit.diagnosis.diagnosis_scenes import make_course, make_observed, make_sockets, make_tier

CROWD = make_course(under_way=(160,) * 30, answers=(3,) * 30)
INSIDE = make_tier(sockets=make_sockets(accepted=170))


def test_a_limit_inside_of_an_event_loop_is_told_by_how_many_at_a_time_are_answered() -> None:
    seen = make_observed(course=CROWD, app=INSIDE, db=make_tier(), alone_s=0.1)
    (told,) = hints.held(seen)
    assert told.startswith("app had 160 requests in hand and answered 30.0/s, which is 3 at a time of 100 ms each")


def test_nothing_is_said_where_nobody_holds_them_or_none_is_answered_or_no_line_is_there() -> None:
    assert list(hints.held(make_observed(course=CROWD, app=make_tier(), alone_s=0.1))) == []
    assert list(hints.held(make_observed(course=replace(CROWD, answers=(0,) * 30), app=INSIDE, alone_s=0.1))) == []
    assert list(hints.held(make_observed(course=CROWD, app=INSIDE, alone_s=5.0))) == []
