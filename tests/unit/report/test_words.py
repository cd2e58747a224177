from lab.model import Citation
from lab.report import html, markdown, table
from lab.report.ranking import sections
from lab.report.words import cited, conditions, how_to_read
from tests.unit.report.report_factories import make_cell, make_results


def test_a_source_is_named_as_far_as_it_is_known_and_what_is_not_is_said() -> None:
    whole = Citation(author="A. Writer", title="Fast", site="blog.example", date="2026-05", setting="wrk on a laptop")
    assert cited(whole) == "A. Writer, \u201cFast\u201d, blog.example, 2026-05; wrk on a laptop"
    copy = Citation(file="copy.txt", author="A. Writer")
    assert cited(copy) == "A. Writer, copy.txt (title, site and date not known)"


def test_every_report_names_the_source_of_its_table() -> None:
    results = make_results(make_cell(), citations={"headline": Citation(author="A. Writer", site="blog.example")})
    for exporter in (markdown, html, table):
        assert "A. Writer, blog.example" in exporter.render(results)


def test_stacks_named_by_hand_have_no_source() -> None:
    (section,) = sections(make_results(make_cell()))
    assert "source" not in dict(conditions(section))


def test_a_report_says_that_cpu_measured_in_turn_cannot_tell_small_differences() -> None:
    (section,) = sections(make_results(make_cell()))
    said = " ".join(how_to_read(section))
    assert "steadiest" not in said
    assert "up to twice the CPU time" in said
    assert "only side by side" in said
