"""Who belongs to a segment, and to an event: the metrics of errors that are small enough to add up by hand."""

import duckdb
import pytest

from tests.dbt_project.macros import macro

# unique_id, cutoff, version of the attributes, events, month end, demand class, y, yhat
ERRORS = [
    ("a", "2024-01-31", 1, [], "other days", "smooth", 10, 11),
    ("a", "2024-01-31", 1, ["holiday", "promotion"], "close", "smooth", 10, 14),
    ("b", "2024-01-31", None, ["promotion"], "other days", "lumpy", 10, 12),
    ("a", "2024-02-29", 2, [], "other days", "erratic", 10, 18),
]
SEGMENTS = [
    ("a", None, "overall", "all"),
    ("b", None, "overall", "all"),
    ("a", None, "store", "s1"),
    ("b", None, "store", "s2"),
    ("a", 1, "region", "north"),
    ("a", 2, "region", "south"),
    # As dim_series tells it today; the metrics ask the errors.
    ("a", None, "demand_class", "intermittent"),
]


@pytest.fixture
def errors():
    with duckdb.connect() as con:
        con.execute(
            "create table errors (unique_id varchar, cutoff date, attributes_version integer, events varchar[], "
            "month_end varchar, demand_class varchar, y double, yhat double)"
        )
        # Twenty times the same: fewer than ten forecasts have no value.
        con.executemany("insert into errors values (?, ?, ?, ?, ?, ?, ?, ?)", ERRORS * 20)
        con.execute(
            "create view int_errors as select *, 'm' as model, 'recent' as evaluation_window, 1 as h, '1-7' as h_bucket, "
            "1 as day_of_week, null::integer as hour_of_day, 'available' as stockout, 'new' as age, 'low' as volume, "
            "'active' as status, 1.0 as mase_scale, 1.0 as rmsse_scale, 1.0 as quantile_loss, true as is_covered from errors"
        )
        con.execute(
            "create table int_series_segments (unique_id varchar, attributes_version integer, segment_name varchar, "
            "segment_value varchar)"
        )
        con.executemany("insert into int_series_segments values (?, ?, ?, ?)", SEGMENTS)
        yield con


def metrics(con, window, segment, metric="mae", h_bucket="all"):
    rows = con.execute(
        f"select {'evaluation_window::varchar, ' if window == 'cutoff' else ''} segment_value, value, n, n_series "
        f"from ({macro('metric_rows')('int_errors', window)}) "
        "where segment_name = ? and metric = ? and h_bucket = ? order by all",
        [segment, metric, h_bucket],
    )
    return rows.fetchall()


def test_a_series_counts_in_the_segment_that_it_was_in_at_the_cutoff(errors):
    assert metrics(errors, "cutoff", "region") == [
        ("2024-01-31", "north", 2.5, 40, 1),
        ("2024-02-29", "south", 8.0, 20, 1),
    ]
    assert metrics(errors, "cutoff", "region", h_bucket="1-7") == metrics(errors, "cutoff", "region")


def test_a_window_over_several_cutoffs_asks_each_of_them(errors):
    assert metrics(errors, "evaluation_window", "region") == [("north", 2.5, 40, 1), ("south", 8.0, 20, 1)]
    assert metrics(errors, "evaluation_window", "overall") == [("all", 3.75, 80, 2)]
    assert metrics(errors, "evaluation_window", "store") == [
        ("s1", pytest.approx(13 / 3, abs=1e-6), 60, 1),
        ("s2", 2.0, 20, 1),
    ]


def test_the_demand_class_is_that_of_the_cutoff(errors):
    for h_bucket in ("all", "1-7"):
        assert metrics(errors, "evaluation_window", "demand_class", h_bucket=h_bucket) == [
            ("erratic", 8.0, 20, 1),
            ("lumpy", 2.0, 20, 1),
            ("smooth", 2.5, 40, 1),
        ]


def test_a_period_counts_in_each_of_its_events_and_else_in_none(errors):
    assert metrics(errors, "evaluation_window", "event") == [
        ("holiday", 4.0, 20, 1),
        ("none", 4.5, 40, 1),
        ("promotion", 3.0, 40, 2),
    ]


def test_accuracy_is_told_with_and_without_the_close_of_the_month(errors):
    assert metrics(errors, "evaluation_window", "month_end", "bias") == [
        ("close", 0.4, 20, 1),
        ("other days", pytest.approx(11 / 30, abs=1e-6), 60, 2),
    ]
