"""What tools print, most of it printed by the tools themselves, and tables of every form."""

from pathlib import Path
from typing import Any

import pytest

from lab.audit import Row, command, read
from lab.audit.readers.columns import recognise
from lab.report import csv as csv_report
from lab.report import json as json_report
from lab.results import summary
from tests.unit.unit_factories import make_cell, make_load, make_run, make_sample

DATA = Path(__file__).parent / "data"


def sample(name: str) -> tuple[Row, ...]:
    return read((DATA / name).read_text("utf-8"), where=name).rows


def rows(text: str) -> tuple[Row, ...]:
    return read(text, where="x").rows


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wrk.txt", {"tool": "wrk", "connections": 10, "threads": 2, "rate": 419.25, "mean_s": 0.02343, "total": 423}),
        ("wrk.txt", {"max_s": 0.04414, "stdev_s": 0.00452, "duration_s": 1.01, "loop": "closed"}),
        ("wrk2.txt", {"tool": "wrk2", "loop": "open", "offered_rate": 2000, "rate": 2000.28, "total": 60018}),
        ("hey.txt", {"tool": "hey", "rate": 384.5146, "mean_s": 0.0259, "max_s": 0.136, "total": 389}),
        ("oha.txt", {"tool": "oha", "rate": 4400.2547, "mean_s": 0.0045, "connections": 20, "total": 43990}),
        ("oha.json", {"tool": "oha", "rate": 4400.25, "mean_s": 0.00454, "total": 44007}),
        ("ab.txt", {"tool": "ab", "rate": 431.2, "mean_s": 0.023191, "total": 500, "mean_by_definition": True}),
        ("ab.txt", {"connections": 10, "max_s": 0.032, "stdev_s": 0.0028}),
        ("bombardier.txt", {"tool": "bombardier", "connections": 10, "rate": 470.39, "mean_s": 0.02155, "total": 470}),
        ("bombardier.json", {"tool": "bombardier", "connections": 10, "max_s": 0.024968, "total": 28951}),
        ("vegeta.txt", {"tool": "vegeta", "loop": "open", "offered_rate": 101.03, "rate": 99.01, "success_share": 1}),
        ("vegeta.json", {"tool": "vegeta", "loop": "open", "mean_s": 0.020720065, "total": 100}),
        ("autocannon.txt", {"tool": "autocannon", "connections": 10, "rate": 418, "mean_s": 0.0237, "max_s": 0.05}),
        ("autocannon.json", {"tool": "autocannon", "connections": 10, "total": 29740, "pipelining": 1}),
        ("k6.txt", {"tool": "k6", "thinks": True, "rate": 459.988302, "mean_s": 0.02157, "total": 463}),
        ("k6.json", {"tool": "k6", "connections": 10, "rate": 459.9883024875328, "success_share": 1}),
        ("k6-open.txt", {"loop": "open", "offered_rate": 100}),
        ("locust.txt", {"tool": "locust", "name": "/slow", "rate": 159.16, "mean_s": 0.025, "total": 254}),
        ("locust_stats.csv", {"tool": "locust", "name": "/slow", "total": 161, "max_s": 0.14467853299993294}),
        ("locust.json", {"tool": "locust", "name": "/some", "total": 289}),
    ],
)
def test_a_tools_output_is_read(name: str, expected: dict[str, Any]) -> None:
    row = sample(name)[0]
    assert {key: getattr(row, key) for key in expected} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "rank", "seconds"),
    [
        ("wrk.txt", 99, 0.04172),
        ("wrk2.txt", 99.9, 0.0123),
        ("hey.txt", 99, 0.136),
        ("oha.txt", 99.99, 0.0361),
        ("oha.json", 99.9, 0.0217),
        ("ab.txt", 95, 0.030),
        ("bombardier.txt", 99, 0.02726),
        ("bombardier.json", 99, 0.004115),
        ("vegeta.txt", 99, 0.026511),
        ("vegeta.json", 50, 0.020591713),
        ("autocannon.txt", 97.5, 0.043),
        ("autocannon.json", 99.9, 0.009),
        ("k6.txt", 95, 0.02611),
        ("k6.json", 90, 0.0242299292),
        ("locust.txt", 99, 0.086),
        ("locust_stats.csv", 99.9, 0.14),
    ],
)
def test_a_tools_percentiles_are_read(name: str, rank: float, seconds: float) -> None:
    assert sample(name)[0].percentile_s(rank) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("wrk-errors.txt", 31757 / 47636),
        ("ab-errors.txt", 3114 / 4672),
        ("hey-errors.txt", 18250 / 27375),
        ("oha.txt", 220 / 43990),
        ("vegeta-errors.txt", 0.67),
        ("autocannon-errors.txt", 8020 / 12030),
        ("autocannon.json", 19827 / 29740),
        ("bombardier.json", 19301 / 28951),
        ("k6-open.txt", 0.6633),
        ("wrk.txt", 0),
    ],
)
def test_a_tools_failures_are_read(name: str, share: float) -> None:
    assert sample(name)[0].failed_share == pytest.approx(share)


def test_errors_of_oha_are_told_apart_and_the_deadline_is_none() -> None:
    errors = sample("oha.txt")[0].errors
    assert (errors.timeout, errors.connect, errors.read) == (3, 2, 0)


def test_locust_has_a_row_for_each_kind_of_request_and_one_for_all() -> None:
    assert [row.name for row in sample("locust.txt")] == ["/slow", "/some", "Aggregated"]
    assert sample("locust.txt")[2].connections == 5


def test_several_outputs_are_told_apart_by_what_stands_above_them() -> None:
    printed = (DATA / "wrk.txt").read_text("utf-8")
    found = rows(f"## gin\n\n```\n{printed}```\n\n## flask\n\n```\n{printed}```\n")
    assert [(row.name, row.where) for row in found] == [("gin", "line 4"), ("flask", "line 22")]


def test_a_table_and_an_output_beside_each_other_are_both_read() -> None:
    printed = (DATA / "wrk.txt").read_text("utf-8")
    found = read(f"| server | rps |\n| --- | --- |\n| a | 5 |\n\n{printed}", where="x")
    assert [row.name for row in found.rows] == ["a", "http://127.0.0.1:18931/slow"]
    assert found.format == "Markdown table and wrk"


MARKDOWN = """
# Results

Run with `wrk -t4 -c1000 -d30s`.

| Framework | Req/s | Avg latency (ms) | P99 | Max | Errors |
|:--|--:|--:|--:|--:|--:|
| **Gin** | 38,342.07 | 27.13 | 99ms | 1.2s | 0 |
| [Flask](https://example.org) | 4.3k | 231.13 | – | n/a | 12 |
"""


def test_a_markdown_table_is_read_with_the_command_above_it() -> None:
    gin, flask = rows(MARKDOWN)
    assert (gin.name, gin.group, gin.where) == ("Gin", "Results", "line 8")
    assert (gin.tool, gin.connections, gin.threads, gin.duration_s) == ("wrk", 1000, 4, 30)
    assert (gin.rate, gin.max_s) == (38342.07, 1.2)
    assert gin.mean_s == pytest.approx(0.02713)
    assert gin.percentile_s(99) == pytest.approx(0.099)
    assert (gin.errors.timeout, gin.errors.status) == (0, 0)
    assert (flask.name, flask.rate, flask.errors.status, flask.errors.timeout) == ("Flask", 4300, 12, None)
    assert flask.percentiles_s == ()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_with_any_separator(separator: str) -> None:
    lines = ["name", "rps", "latency_ms", "p99_ms", "connections"], ["gin", "100", "5", "9", "10"]
    (row,) = rows("\n".join(separator.join(line) for line in lines))
    assert (row.name, row.rate, row.mean_s, row.connections) == ("gin", 100, 0.005, 10)
    assert row.percentile_s(99) == pytest.approx(0.009)


def test_a_table_with_decimal_commas_is_read_as_a_whole_in_that_manner() -> None:
    (row,) = rows("Name;Requests/s;Mittelwert;Mean (ms)\na;53.322;x;4,50\n")
    assert row.rate == 53322
    assert row.mean_s == pytest.approx(0.0045)


HTML = """<!doctype html><html><head><style>td { color: red }</style><script>"<table>"</script></head><body>
<h2>Round <em>one</em></h2><p>wrk -t2 -c100 -d10s http://x/</p>
<table><thead><tr><th>Server<th>RPS<th>Latency avg</tr></thead>
<tr><td><a href="#">nginx</a></td><td>254,749.13</td><td>784.94&micro;s</td></tr></table>
<pre>$ hey -c 10 http://x/
HEY</pre></body></html>"""


def test_the_tables_and_the_preformatted_text_of_a_page_are_read() -> None:
    table, printed = rows(HTML.replace("HEY", (DATA / "hey.txt").read_text("utf-8")))
    assert (table.name, table.group, table.connections, table.rate) == ("nginx", "Round one", 100, 254749.13)
    assert table.mean_s == pytest.approx(784.94e-6)
    assert (printed.tool, printed.connections) == ("hey", 10)


TITLES_IN_TWO_ROWS = """<table>
<tr><th rowspan="2">Server<th rowspan="2">RPS<th colspan="2">Latency (ms)</tr><tr><th>mean<th>p99</tr>
<tr><td>nginx<td>1000<td>5.0<td>9.0</tr>
<tr><td rowspan="2">gin<td>2000<td>2.5<td>8.0</tr><tr><td>2100<td>2.4<td>7.0</tr></table>"""


def test_titles_in_two_rows_and_cells_over_several_are_read() -> None:
    read = rows(TITLES_IN_TWO_ROWS)
    assert [(row.name, row.rate, row.mean_s) for row in read] == [
        ("nginx", 1000, 0.005),
        ("gin", 2000, 0.0025),
        ("gin", 2100, 0.0024),
    ]
    assert [row.percentile_s(99) for row in read] == pytest.approx([0.009, 0.008, 0.007])


def test_a_span_of_nonsense_is_one_cell() -> None:
    one_row = '<table><tr><th colspan="x">Server<th rowspan="0">RPS</tr><tr><td>nginx<td colspan="-1">1000</tr></table>'
    (row,) = rows(one_row)
    assert (row.name, row.rate) == ("nginx", 1000)


def test_the_rates_in_percent_of_the_best_are_no_failures() -> None:
    """Pages that rank by `Best performance` print both in one column; pasted, the percentage slips under `Errors`."""
    title = "| Framework | Best performance (higher is better) | Errors |\n| --- | --- | --- |\n"
    first, second = rows(title + "| axum | 992,288 | 100.0% |\n| gin | 192,288 | 19.4% |\n")
    assert (first.rate, first.success_share, second.success_share) == (992288, None, None)
    assert first.assumed == ("'best performance (higher is better)' read as requests/s",)
    _, failing = rows(title + "| axum | 992,288 | 0.0% |\n| gin | 192,288 | 19.4% |\n")
    assert failing.success_share == pytest.approx(0.806)


def test_errors_in_percent_are_a_share_and_no_count() -> None:
    (row,) = rows("name,rps,mean_ms,errors\ngin,100,5,12.5%\n")
    assert row.failed_share == pytest.approx(0.125)
    assert row.errors.status is None


def test_what_the_lab_writes_is_read_with_its_connections_and_its_rounds() -> None:
    results = summary.summarise(make_run([make_cell()]), [make_sample(number) for number in range(3)])
    (table,) = rows(csv_report.render(results))
    (tree,) = rows(json_report.render(results))
    load = make_load()
    assert table.connections == tree.connections == load.connections
    assert table.mean_s == pytest.approx(tree.mean_s)
    assert table.duration_s == tree.duration_s == load.duration_s * 3


@pytest.mark.parametrize(
    "text",
    [
        '[{"name": "gin", "rps": 100, "latency": {"avg": "5ms", "p99": "9ms"}, "connections": 10}]',
        '{"gin": {"rps": 100, "latency_avg_ms": 5, "p99_ms": 9, "connections": 10}}',
        '{"results": [{"framework": "gin", "rps": 100, "mean_ms": 5, "p99_ms": 9, "connections": 10}]}',
        '{"fields": ["name", "rps", "mean_ms", "p99_ms", "connections"], "rows": [["gin", 100, 5, 9, 10]]}',
        '{"name": "gin", "rps": 100, "mean_ms": 5, "p99_ms": 9, "connections": 10}',
        '{"name": "gin", "rps": 100, "mean_ms": 5, "p99_ms": 9, "connections": 10}\n{"name": "flask", "rps": 7}',
    ],
)
def test_json_of_many_shapes_is_read(text: str) -> None:
    row = rows(text)[0]
    assert (row.name, row.rate, row.mean_s, row.connections) == ("gin", 100, 0.005, 10)
    assert row.percentile_s(99) == pytest.approx(0.009)


def test_reports_of_tools_in_one_object_are_named_by_their_keys() -> None:
    vegeta = (DATA / "vegeta.json").read_text("utf-8")
    assert [row.name for row in rows(f'{{"first": {vegeta}, "second": {vegeta}}}')] == ["first", "second"]


def test_a_report_whose_figures_are_no_figures_is_not_taken_for_one() -> None:
    text = (DATA / "vegeta.json").read_text("utf-8").replace("99.01026242657184", '"lots"')
    assert not [row for row in rows(f'[{text}, {{"name": "a", "rps": 1}}]') if row.tool == "vegeta"]


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Requests/sec", "rate"), ("RPS", "rate"), ("req/s", "rate"), ("Throughput (req/s)", "rate"), ("QPS", "rate"),
        ("Avg latency", "mean_s"), ("Latency (ms)", "mean_s"), ("mean_ms", "mean_s"), ("Response time", "mean_s"),
        ("Connections", "connections"), ("Concurrency", "connections"), ("VUs", "connections"),
        ("Total requests", "total"), ("Std dev", "stdev_s"), ("Max latency", "max_s"), ("Timeouts", "errors.timeout"),
        ("Non-2xx", "errors.status"), ("Success rate", "success_share"), ("Error %", "failed_share"),
        ("CPU", "cpus"), ("Memory (MB)", "memory_mb"), ("Framework", "name"), ("Relative", "ratio"),
    ],
)  # fmt: skip
def test_titles_are_understood(title: str, key: str) -> None:
    column = recognise(title)
    assert column
    assert column.key == key


@pytest.mark.parametrize(
    ("title", "rank", "unit"),
    [("p99", 99, None), ("P99.9 (ms)", 99.9, "ms"), ("p999_us", 99.9, "us"), ("99%", 99, None), ("95th", 95, None),
     ("Latency p50", 50, None), ("median", 50, None), ("99th percentile latency (s)", 99, "s")],
)  # fmt: skip
def test_percentiles_of_a_title_are_understood(title: str, rank: float, unit: str | None) -> None:
    column = recognise(title)
    assert column
    assert (column.key, column.rank, column.unit) == ("percentile", rank, unit)


@pytest.mark.parametrize("title", ["95% interval", "95% CI (ms)", "99% confidence", "95% conf. interval (/s)"])
def test_an_interval_is_no_percentile(title: str) -> None:
    assert recognise(title) is None


def test_markup_and_terminal_escapes_of_names_are_gone() -> None:
    name = "\x1b[31m<b>evil</b>\x1b]0;title\x07\u202e\x9b2J name"
    (row,) = rows(f"| server | rps |\n| --- | --- |\n| {name} | 5 |\n")
    assert row.name == "evil name"


def test_a_column_of_bytes_is_no_rate() -> None:
    (row,) = rows("| server | throughput | rps |\n| --- | --- | --- |\n| a | 12 MB/s | 5 |\n")
    assert row.rate == 5


def test_rates_beside_each_other_are_rows_of_their_own_and_that_is_said() -> None:
    text = "| | Framework | RPS (64) | p99 (64) | RPS (256) |\n|-|-|-|-|-|\n| 1 | gin | 187 442.70 | 3ms | 202 115 |\n"
    few, many = rows(text)
    assert [(row.name, row.connections, row.rate) for row in (few, many)] == [
        ("gin", 64, 187442.7),
        ("gin", 256, 202115),
    ]
    assert (few.percentile_s(99), many.percentile_s(99)) == (0.003, None)
    assert "of several rates the one under 'RPS (64)', whose number was taken for connections: 64" in few.assumed


def test_rates_beside_each_other_without_a_load_keep_no_latency_that_may_be_anothers() -> None:
    plain, text = rows("| server | Plaintext req/s | JSON req/s | latency |\n|-|-|-|-|\n| a | 5 | 4 | 3ms |\n")
    assert [(row.group, row.rate, row.mean_s) for row in (plain, text)] == [
        ("Plaintext req/s", 5, None),
        ("JSON req/s", 4, None),
    ]


def test_a_table_on_its_side_is_turned() -> None:
    node, go = rows(
        "| | Node.js | Go |\n|-|-|-|\n| Requests/sec | 12,345 | 45,678 |\n| Avg latency | 8.1 ms | 2 ms |\n"
    )
    assert [(row.name, row.rate, row.mean_s) for row in (node, go)] == [
        ("Node.js", 12345, 0.0081),
        ("Go", 45678, 0.002),
    ]


def test_clients_in_the_heading_are_the_connections_and_that_is_said() -> None:
    (row,) = rows("## 1,000 concurrent users\n\n| server | rps |\n|-|-|\n| a | 5 |\n")
    assert row.connections == 1000
    assert row.assumed == ("'1,000 concurrent users' above the table is its connections",)


def test_two_numbers_of_clients_above_a_table_are_not_chosen_from() -> None:
    (row,) = rows("From 10 users to 1,000 users.\n\n| server | rps |\n|-|-|\n| a | 5 |\n")
    assert row.connections is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("wrk -t10 -c5000 -d30s http://x/", {"tool": "wrk", "threads": 10, "connections": 5000, "duration_s": 30}),
        ("wrk -t 2 --connections 1k -d 2m", {"threads": 2, "connections": 1000, "duration_s": 120}),
        ("wrk -t2 -c100 -d30s -R2000", {"tool": "wrk2", "loop": "open", "offered_rate": 2000}),
        ("hey -z 10s -c 20 -q 5 http://x/", {"connections": 20, "offered_rate": 100, "loop": "open"}),
        ("hey -n 100 -h2 http://x/", {"protocol": "h2"}),
        ("oha -c 64 -z 10s --http2 -p 8 http://x/", {"protocol": "h2", "pipelining": 8, "connections": 64}),
        ("ab -k -c 10 -n 500 http://x/", {"tool": "ab", "connections": 10}),
        ("autocannon -c 100 -d 40 -p 10 localhost:3000", {"pipelining": 10, "duration_s": 40}),
        ("autocannon -c 10 -R 500 localhost", {"offered_rate": 500, "loop": "open"}),
        ("bombardier -c 125 -n 100000 --rate=50", {"connections": 125, "offered_rate": 50}),
        ("echo | vegeta attack -rate=5000/s -duration=20s | vegeta report", {"offered_rate": 5000, "loop": "open"}),
        ("k6 run --vus 10 --duration 30s script.js", {"connections": 10, "duration_s": 30}),
        ("locust -f x.py -u 50 -t 2m --headless", {"connections": 50, "duration_s": 120}),
    ],
)
def test_the_command_of_a_tool_says_what_was_asked_for(line: str, expected: dict[str, Any]) -> None:
    found = command.last(f"Run with `{line}`.")
    assert {key: found.get(key) for key in expected} == expected


def test_a_rate_that_a_command_caps_is_no_closed_loop() -> None:
    """Its clients pause, so they are not missing."""
    printed = (DATA / "hey.txt").read_text("utf-8")
    (row,) = rows(f"$ hey -z 1s -c 100 -q 4 http://x/\n{printed}")
    assert (row.loop, row.offered_rate) == ("open", 400)


def test_an_old_report_of_vegeta_shows_what_it_sent() -> None:
    text = (DATA / "vegeta-errors.txt").read_text("utf-8")
    (row,) = rows(text.replace(", rate, throughput]", ", rate]").replace("101.36, 33.43", "101.36"))
    assert (row.rate, row.offered_rate) == (101.36, 101.36)


def test_a_throughput_beside_a_rate_of_requests_is_one_of_bytes() -> None:
    text = (
        '{"connections": 100, "duration": 10, "requests": {"average": 50000, "total": 500000}, '
        '"latency": {"average": 1.9, "p99": 5}, "throughput": {"average": 9000000, "total": 90000000}}'
    )
    (row,) = rows(text)
    assert row.rate == 50000
    assert row.mean_s == pytest.approx(0.0019)


def test_a_time_without_its_leading_zero_is_one() -> None:
    (row,) = rows("name,rps,mean_ms,connections\na,1000,.126,5\n")
    assert row.mean_s == pytest.approx(126e-6)
    assert not row.odd
