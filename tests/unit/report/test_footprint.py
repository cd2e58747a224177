from lab.report.columns import shown
from lab.report.footprint import footprint_columns, how_to_read
from lab.report.rows import Section
from tests.unit.report.report_factories import make_cell, make_footprint, make_invalid, make_rate, make_section


def texts(section: Section, number: int = 0) -> dict[str, str]:
    return {column.title: column.text(section.weighed[number]) for column in footprint_columns(section)}


def test_times_and_memory_stand_with_their_intervals_and_counts_as_counts() -> None:
    found = texts(make_section(make_cell(footprint=make_footprint())))
    assert found["start, cold"] == "1.50 (1.40–1.60)"
    assert found["start, warm"] == "0.750 (0.650–0.850)"
    assert found["idle"] == "100 (99.0–101)"
    assert found["idle by tier"] == "proxy 9.00 + app 91.0"
    assert found["processes"] == "7 (proxy 2 + app 5)"
    assert (found["containers"], found["lines"], found["unique"]) == ("2", "61", "12.3")


def test_what_one_round_gives_has_no_interval_and_is_not_printed() -> None:
    once = make_footprint(cold_start_s=make_rate(1.5, None), idle_mib={"total": make_rate(100, None)})
    found = texts(make_section(make_cell(footprint=once)))
    assert "start, cold" not in found
    assert "idle" not in found
    assert found["containers"] == "2"


def test_one_service_needs_no_list_of_processes() -> None:
    footprint = make_footprint(processes={"total": 3, "app": 3})
    assert texts(make_section(make_cell(footprint=footprint)))["processes"] == "3"


def test_a_stack_without_known_processes_or_size_has_dashes() -> None:
    unknown = make_cell("a", footprint=make_footprint(processes={}, unique_mib=None, config_lines=None))
    known = make_cell("b", footprint=make_footprint(cold_s=5.0))
    found = texts(make_section(unknown, known))
    assert (found["processes"], found["unique"], found["lines"]) == ("–", "–", "–")


def test_the_first_to_answer_comes_first() -> None:
    section = make_section(
        make_cell("slow", 900, footprint=make_footprint(2.0)),
        make_cell("quick", 100, footprint=make_footprint(0.5)),
        make_cell("plain"),
    )
    assert [row.label for row in section.weighed] == ["quick", "slow"]


def test_a_start_without_an_interval_is_not_printed() -> None:
    titles = {column.title for column in shown(make_section(make_cell()))}
    assert titles & {"memory", "image"}
    assert not any("start" in title for title in titles)


def test_reading_help_says_whether_the_page_cache_was_dropped() -> None:
    dropped = make_section(make_cell(footprint=make_footprint(cache_dropped=True)))
    kept = make_section(make_cell(footprint=make_footprint()))
    assert "the page cache was dropped" in " ".join(how_to_read(dropped))
    assert "the page cache could not be dropped" in " ".join(how_to_read(kept))


def test_a_disturbed_row_keeps_its_footprint_comes_last_and_is_marked() -> None:
    section = make_section(
        make_invalid("disturbed", footprint=make_footprint(0.5)), make_cell("calm", footprint=make_footprint(1.5))
    )
    assert [row.label for row in section.weighed] == ["calm", "disturbed"]
    assert (texts(section, 0)["valid"], texts(section, 1)["valid"]) == ("–", "no")
    assert "valid" not in texts(make_section(make_cell(footprint=make_footprint())))
