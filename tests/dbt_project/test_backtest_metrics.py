"""The metrics of the backtest, added up group by group, are those of its errors added up series by series."""

import duckdb
import pytest

from tests.dbt_project.macros import DBT_PROJECT, macro, model

MODELS = DBT_PROJECT.parent / "models_sql"
# Two stores with two products each, one of them without attributes, and their total; three models at two cutoffs, of
# which one is served; errors that no rounding border is near, periods without truth and without quantiles, promotions,
# stock-outs and a holiday.
TABLES = """
create macro draw(said, n) as cast(hash(said) % n as bigint);

create table dim_series as
select 'p' || product || 's' || store as unique_id, 'bottom' as level, 's' || store as store
from range(2) as products (product), range(2) as stores (store)
union all select 'total', 'total', null;

create table int_series_segments as
select unique_id, null::integer as attributes_version, 'overall' as segment_name, 'all' as segment_value
from dim_series where level = 'bottom'
union all select unique_id, null, 'level', level from dim_series
union all select unique_id, null, 'store', store from dim_series where level = 'bottom'
union all select unique_id, null, 'status', 'active' from dim_series where level = 'bottom'
union all select unique_id, version, 'region', 'r' || version
from dim_series, range(1, 3) as versions (version) where level = 'bottom' and unique_id <> 'p1s1';

create table int_series_scales as
select
    unique_id, cutoff, level,
    case when level = 'bottom' and unique_id <> 'p1s1' then month(cutoff) end as attributes_version,
    case when unique_id <> 'p0s1' then 1 + draw(concat_ws('|', unique_id, cutoff), 7) end as mase_scale,
    case when unique_id <> 'p0s0' then 1 + draw(concat_ws('|', cutoff, unique_id), 5) end as rmsse_scale,
    case when unique_id = 'p1s0' then 'new' else 'established' end as age,
    ['low', 'high'][1 + draw(concat_ws('|', unique_id), 2)] as volume,
    case when unique_id <> 'p0s1' then ['smooth', 'lumpy'][1 + draw(concat_ws('|', unique_id, cutoff), 2)] end as demand_class,
    'active' as status
from dim_series, (values (date '2024-01-31'), (date '2024-02-29')) as cutoffs (cutoff);

create table dim_periods as
select
    ds::date as ds, isodow(ds) as day_of_week, null::integer as hour_of_day, day(ds) in (14, 20) as is_holiday,
    day(ds) > 25 as is_close_period
from range(date '2024-01-01', date '2024-04-30', interval 1 day) as days (ds);

create table fct_events as
select unique_id, ds, kind as event_kind
from dim_series, dim_periods, (values ('promotion'), ('stock-out')) as kinds (kind)
where level = 'bottom' and draw(concat_ws('|', unique_id, ds, kind), 6) = 0
union all select null, ds, 'holiday' from dim_periods where is_holiday;

create table int_backtest_scores as
select
    unique_id, level, cutoff, cutoff + h::integer as ds, model, h,
    case when draw(concat_ws('|', h, unique_id), 11) <> 0 then draw(concat_ws('|', unique_id, cutoff, h), 9) end::double as y,
    (draw(concat_ws('|', h, unique_id, cutoff, model), 1000)) / 97 as yhat,
    model = ['a', 'b'][1 + draw(concat_ws('|', unique_id, cutoff, 1), 2)] as is_served,
    draw(concat_ws('|', unique_id, h, 2), 8) = 0 as is_stockout,
    case when model <> 'c' then (draw(concat_ws('|', unique_id, model, h), 500)) / 97 end as quantile_loss,
    case when model <> 'c' then draw(concat_ws('|', unique_id, model, h), 5) > 0 end as is_covered
from int_series_scales, (values ('a'), ('b'), ('c')) as models (model), range(1, 29) as steps (h);
"""
METRICS = "model, cutoff, segment_name, segment_value, h_bucket, metric, value, n, n_series, note"


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        connection.execute(
            f"create view int_backtest_errors as {model(MODELS / 'intermediate/accuracy/int_backtest_errors.sql')}"
        )
        yield connection


def test_groups_add_up_to_what_series_do(con):
    of_groups = con.execute(
        f"select {METRICS} from ({model(MODELS / 'marts/forecasts/fct_backtest_metrics.sql')}) "
        "where cutoff is not null order by all"
    ).fetchall()
    of_series = con.execute(
        f"select {METRICS.replace('cutoff', 'evaluation_window')} "
        f"from ({macro('metric_rows')('int_backtest_errors', 'cutoff')}) order by all"
    ).fetchall()
    assert len(of_groups) > 2000
    assert {row[2] for row in of_groups} >= {"overall", "level", "store", "region", "event", "h", "stockout", "age"}
    assert of_groups == of_series
