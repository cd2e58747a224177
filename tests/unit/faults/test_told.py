from dataclasses import replace

from lab.faults import told
from lab.faults.record import Promise
from tests.unit.faults.faults_made import make_break, make_run

BROKEN = make_break(
    target="other@async", promises=(Promise(name="none lost", kept=False, detail="1 × lost"),), recovery_s=None
)


def test_what_users_saw_stands_in_three_rows_and_one_for_each_second() -> None:
    made = make_break()
    before, after = told.phases(made)
    assert before == ("before", "0–5.00", "200", "39.6", "2.50 ms", "48.0 ms", "2 × timeout")
    assert after == ("after", "10.0–20.0", "0", "0", "–", "–", "–")
    assert len(before) == len(told.HEADER)
    (second,) = told.by_second(made)
    assert second == ("0", "200", "198", "2.50 ms", "48.0 ms", "2 × timeout")
    assert len(second) == len(told.BY_SECOND)


def test_what_happened_is_said_with_its_seed_and_its_recovery() -> None:
    assert told.summary(make_break()) == [
        ("what happened", "postgres killed, 5.0 s to 10.4 s; started again"),
        ("users", "40 requests/s, as independent users come; seed 3"),
        ("recovery", "1.99 s"),
    ]
    assert told.recovery(BROKEN) == "none while it was watched"


def test_what_fails_of_doing_the_fault_is_said_where_anything_failed() -> None:
    made = make_break(words="app with half its memory", by_itself="app is killed and started anew")
    assert told.summary(made)[-1] == ("failures", "app is killed and started anew")
    spared = replace(made, phases=tuple(replace(seen, failures={}) for seen in made.phases))
    assert "failures" not in dict(told.summary(spared))
    text = told.markdown(make_run(made, replace(made, target="other")))
    assert text.count("App with half its memory: app is killed and started anew.") == 1


def test_a_promise_that_was_not_kept_stands_out() -> None:
    assert told.promised(make_break()) == [("kept", "one", "12")]
    assert told.promised(BROKEN) == [("BROKEN", "none lost", "1 × lost")]


def test_the_table_has_a_row_for_each_fault_and_a_column_for_each_stack() -> None:
    emptied = make_break(fault="emptied:redis", words="redis emptied")
    run = make_run(make_break(), BROKEN, emptied, failures={"other@async slow:redis": "the load did not begin"})
    text = told.markdown(run)
    assert "| fault | `service@async` | `other@async` |" in text
    assert (
        "| postgres killed | 2 of 200 failed, p99 –; right again after 1.99 s | "
        "2 of 200 failed, p99 –; not right again; **1 broken** |"
    ) in text
    assert "| redis emptied | 2 of 200 failed, p99 –; right again after 1.99 s | – |" in text
    assert "- other@async, postgres killed: none lost: 1 × lost" in text
    assert "Every promise was kept" not in text
    assert "- other@async slow:redis: the load did not begin" in text
    assert "seed 3." in text
    assert "revision abc: `lab break --all`." in text


def test_who_waited_and_was_answered_in_the_end_is_in_the_table_too() -> None:
    before, after = make_break().phases
    during, later = replace(after, p99_ms=5189.0), replace(after, p99_ms=14.7)
    text = told.markdown(make_run(make_break(phases=(replace(before, p99_ms=9000.0), during, later))))
    assert "| 2 of 200 failed, p99 5.19 s; right again after 1.99 s |" in text


def test_a_table_without_anything_wrong_lists_nothing() -> None:
    text = told.markdown(make_run(make_break()))
    assert "Broken promises" not in text
    assert "Every promise was kept in every break that was done." in text
    assert "Could not be done" not in text
