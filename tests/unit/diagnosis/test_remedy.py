from lab.diagnosis.finding import Clue
from lab.diagnosis.remedy import ComposeLine, propose

SERVICE = [
    ComposeLine(path="compose/a.yaml", number=7, text="app:"),
    ComposeLine(path="compose/a.yaml", number=9, text='WORKERS: "${WORKERS:-4}"'),
    ComposeLine(path="compose/a.yaml", number=10, text='THREADS: "${THREADS:-1}"'),
    ComposeLine(path="compose/a.yaml", number=11, text="mem_limit: 64m"),
]


def clue(cause: str, **changes: object) -> Clue:
    given = {"cause": cause, "tier": "app", "since_s": 0.0, "evidence": ("seen",)}
    return Clue(**given | changes)  # type: ignore[arg-type]


def test_slots_are_raised_as_far_as_the_rate_needs_by_the_last_factor_of_the_stack() -> None:
    step = propose(
        clue("slots", at_once=40, needed=130),
        SERVICE,
        settings={"WORKERS": "4", "THREADS": "10"},
        factors=["WORKERS", "THREADS"],
    )
    assert (step.setting, step.value) == ("THREADS", "33")
    assert step.line == SERVICE[2]
    assert step.words == "more workers or threads for app"


def test_a_default_of_the_file_is_what_is_raised_where_nothing_sets_it() -> None:
    step = propose(clue("slots", at_once=4), SERVICE, settings={}, factors=["WORKERS"])
    assert (step.setting, step.value) == ("WORKERS", "8")


def test_without_factors_a_line_that_looks_like_one_is_found() -> None:
    step = propose(clue("slots", at_once=4), SERVICE, settings={}, factors=[])
    assert step.setting == "WORKERS"


def test_a_line_without_a_setting_is_to_be_changed_itself() -> None:
    step = propose(clue("memory"), SERVICE, settings={}, factors=[])
    assert (step.setting, step.line, step.change) == (None, SERVICE[3], "change this line")


def test_where_no_line_is_there_it_is_said_what_to_add_and_where() -> None:
    step = propose(clue("files"), SERVICE, settings={}, factors=[])
    assert (step.line, step.change) == (SERVICE[0], "add to the service: ulimits: {nofile: 65535}")


def test_a_command_that_is_there_is_changed_and_not_added() -> None:
    own = [ComposeLine(path="compose.yaml", number=8, text="web:")]
    command = ComposeLine(path="compose.yaml", number=12, text="command: gunicorn -w 4 app:app")
    step = propose(clue("slots"), [*own, command], settings={}, factors=[])
    assert (step.line, step.change) == (command, "change its command: with more workers or threads")
    without = propose(clue("slots"), own, settings={}, factors=[])
    assert (without.line, without.change) == (own[0], "add to the service: command: with more workers or threads")


def test_what_every_request_leaves_behind_is_to_be_found_and_not_given_room() -> None:
    step = propose(clue("memory", leaks=True), SERVICE, settings={}, factors=[])
    assert (step.line, step.change) == (None, "no setting: what its code does not give back")
    assert step.words.startswith("find what app keeps of every request")


def test_no_setting_helps_requests_that_wait_for_one_another() -> None:
    step = propose(clue("contention", other="web"), SERVICE, settings={"WORKERS": "4"}, factors=["WORKERS"])
    assert (step.setting, step.line, step.change) == (None, None, "no setting: what its requests share")


def test_a_setting_that_is_no_number_gets_the_value_that_is_known_to_help() -> None:
    line = ComposeLine(path="compose/a.yaml", number=12, text='WORKER_CLASS: "${WORKER_CLASS:-gevent}"')
    step = propose(clue("blocking-gevent", other="db"), [*SERVICE, line], settings={}, factors=[])
    assert (step.setting, step.value) == ("WORKER_CLASS", "gthread")


def test_a_setting_of_which_no_better_value_is_known_is_named() -> None:
    line = ComposeLine(path="compose/a.yaml", number=12, text='KEEP_ALIVE: "${KEEP_ALIVE:-short}"')
    step = propose(clue("keep-alive", other="nginx"), [*SERVICE, line], settings={}, factors=[])
    assert (step.value, step.change) == (None, "give KEEP_ALIVE another value")
    assert step.words == "let app keep idle connections longer than nginx does"


def test_a_tier_without_a_file_still_gets_words() -> None:
    step = propose(clue("load", tier="load"), [], settings={}, factors=[])
    assert step.line is None
    assert "smaller rate" in step.words


def test_of_several_settings_of_a_pool_the_one_for_idle_connections_is_tried_against_reconnects() -> None:
    size = ComposeLine(path="compose/a.yaml", number=12, text='POOL_SIZE: "${POOL_SIZE:-64}"')
    idle = ComposeLine(path="compose/a.yaml", number=13, text='POOL_IDLE: "${POOL_IDLE:-2}"')
    step = propose(clue("reconnects", other="db"), [*SERVICE, size, idle], settings={}, factors=[])
    assert (step.setting, step.value) == ("POOL_IDLE", "4")


def test_a_setting_that_was_changed_in_vain_is_not_tried_again_and_another_on_its_line_is() -> None:
    both = ComposeLine(path="compose/a.yaml", number=9, text="command: app -w ${WORKERS:-1} -t ${THREADS:-4}")
    step = propose(clue("lock"), [both], settings={}, factors=[], futile={"THREADS"})
    assert (step.setting, step.value) == ("WORKERS", "2")
    step = propose(clue("slots"), SERVICE, settings={}, factors=["WORKERS", "THREADS"], futile={"THREADS"})
    assert step.setting == "WORKERS"
    step = propose(clue("lock"), [both], settings={}, factors=[], futile={"THREADS", "WORKERS"})
    assert step.setting is None
    assert "more worker processes" in step.change


def test_more_processes_are_not_proposed_where_all_cores_are_used() -> None:
    step = propose(clue("cpu", cores_full=True), SERVICE, settings={"WORKERS": "4"}, factors=["WORKERS"])
    assert (step.setting, step.value) == (None, None)
    assert "more processes would share them" in step.words
    assert propose(clue("cpu"), SERVICE, settings={"WORKERS": "4"}, factors=["WORKERS"]).setting == "WORKERS"


def test_an_nginx_that_keeps_no_connections_is_shown_where_it_would() -> None:
    conf = [ComposeLine(path="nginx.conf", number=5, text="proxy_pass http://app:8000;")]
    step = propose(clue("reconnects", other="app"), SERVICE, settings={}, factors=[], files=conf)
    assert (step.line, step.change) == (conf[0], "change this line")
    step = propose(clue("reconnects", other="app"), SERVICE, settings={}, factors=[])
    assert "of Nginx: `keepalive` in an `upstream`" in step.change


def test_where_compose_reads_no_setting_the_line_in_the_servers_own_file_is_shown() -> None:
    conf = [
        ComposeLine(path="nginx.conf", number=3, text="events { worker_connections 16; }"),
        ComposeLine(path="nginx.conf", number=9, text="proxy_read_timeout 3s;"),
    ]
    for cause, line in (("connections", conf[0]), ("time-out", conf[1])):
        step = propose(clue(cause), SERVICE, settings={}, factors=[], files=conf)
        assert (step.line, step.setting, step.change) == (line, None, "change this line")


def test_a_literal_in_the_compose_file_goes_before_a_servers_own_file() -> None:
    line = ComposeLine(path="compose/a.yaml", number=12, text="command: gunicorn --timeout 5 app:app")
    conf = [ComposeLine(path="gunicorn.conf.py", number=9, text="timeout = 60")]
    step = propose(clue("worker-timeout"), [*SERVICE, line], settings={}, factors=[], files=conf)
    assert (step.line, step.change) == (line, "change this line")


def test_a_setting_that_compose_reads_goes_before_a_servers_own_file() -> None:
    line = ComposeLine(path="compose/a.yaml", number=12, text='command: ["${NGINX_CONF:-short}"]')
    conf = [ComposeLine(path="nginx.conf", number=9, text="proxy_read_timeout 3s;")]
    step = propose(clue("time-out"), [*SERVICE, line], settings={}, factors=[], files=conf)
    assert (step.line, step.setting) == (line, "NGINX_CONF")


def test_a_loop_that_waits_for_who_asked_it_is_not_told_to_await() -> None:
    step = propose(clue("blocking-async", other="web", for_client=True), SERVICE, settings={}, factors=[])
    assert "what app waits for web to do, which asked it" in step.words
    assert (step.line, step.change) == (None, "no setting: how web ends what it asks")
