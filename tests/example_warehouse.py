"""A working warehouse with the tables that a finished run leaves, small and made in SQL: what publishing and the API read.

Loaded by path from the conftest files, as tests are no package. 12 bottom series (store x product), 3 regional nodes and
the total; one series is served by the baseline, one is discontinued, one new, one has no forecast, and one has a name
that would be dangerous in SQL, a path and a spreadsheet.
"""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.publishing.manifest import ProductCard
from dagster_project.publishing.protocol import Lineage

NASTY_STORE = "=cmd()'|\"/%2F;é"
HORIZON = 28
CUTOFF = "2024-06-30"
PUBLISHED_AT = datetime(2024, 7, 1, 5, 12, 9, tzinfo=UTC)

CARD = ProductCard(
    name="demo",
    title="Daily unit sales by store and product",
    freq="D",
    season_length=7,
    horizon=HORIZON,
    keys=("store", "product"),
    attributes=("category",),
    drivers=("promo",),
    target="units",
    unit="units",
    timezone="UTC",
    cadence="Every morning.",
    fallback="Seasonal naive.",
)
LINEAGE = Lineage(
    run_id="abc123def456",
    data_as_of="2024-06-30T00:00:00",
    cutoff=CUTOFF,
    model_version="lightgbm-0123456789ab",
    code_version="c0ffee123456",
)


def build_warehouse(path: Path, *, stores: int = 3, products: int = 4, history: int = 60, shift: float = 0.0) -> Path:
    """Write the tables; `shift` moves every forecast, so that another shift is another content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        for schema in ("marts", "registry", "monitoring", "compat", "features"):
            con.execute(f"create schema {schema}")
        con.execute(
            """
            create table features.bottom as
            select
                case when s = 0 then getvariable('nasty') else 'S' || s end as store,
                'P' || p as product, 'C' || (p % 2) as category, s, p,
                case when s = 0 and p = 0 then 'discontinued' when s = 1 and p = 1 then 'new' else 'active' end as status
            from range(getvariable('stores')) as a (s), range(getvariable('products')) as b (p)
            """.replace("getvariable('nasty')", "'" + NASTY_STORE.replace("'", "''") + "'")
            .replace("getvariable('stores')", str(stores))
            .replace("getvariable('products')", str(products))
        )
        con.execute(
            """
            create table marts.dim_series as
            select row_number() over (order by level = 'total', level = 'store', unique_id)::integer as series_number, *
            from (
                select store || '|' || product as unique_id, 'bottom' as level, 'store=' || store as parent_id,
                    store, product, null::varchar as key_3, null::varchar as key_4, category,
                    null::varchar as attribute_2, date '2024-05-01' as first_ds, date '2024-06-30' as last_ds,
                    status, 'smooth' as demand_class, 'units' as unit
                from features.bottom
                union all
                select distinct 'store=' || store, 'store', 'total', store, null, null, null, null, null,
                    date '2024-05-01', date '2024-06-30', 'active', 'smooth', 'units'
                from features.bottom
                union all
                select 'total', 'total', null, null, null, null, null, null, null,
                    date '2024-05-01', date '2024-06-30', 'active', 'smooth', 'units'
            )
            order by unique_id
            """
        )
        con.execute(
            f"""
            create table marts.fct_observations as
            select unique_id, series_number, (date '2024-06-30' - (i::integer)) as ds, 19904 - i as period_index,
                (10 + series_number + (i % 7))::double as y, i = 3 as is_imputed, false as is_stockout,
                i = 5 as is_outlier, timestamp '2024-06-30 00:00:00' as known_at
            from marts.dim_series, range({history}) as r (i)
            where level = 'bottom'
            order by unique_id, ds
            """
        )
        con.execute(
            """
            create table marts.fct_drivers as
            select unique_id, ds, 1.0 as promo, null::double as driver_02, known_at
            from marts.fct_observations
            """
        )
        con.execute(
            f"""
            create table marts.fct_forecasts as
            select unique_id, cutoff, cutoff + step::integer as ds, model,
                case when level = 'total' then 100.0 else series_number end + step / 8.0 + {shift}
                    + case model when 'lightgbm' then 0.5 else 0 end as yhat,
                case
                    when store = 'S1' and product = 'P2' then 'baseline'
                    when store = 'S2' and product = 'P2' then 'cold_start'
                    else 'model'
                end as forecast_source,
                case when store = 'S1' and product = 'P2' then 'seasonal_naive-1' else 'lightgbm-0123456789ab' end
                    as model_version,
                'abc123def456' as run_id, timestamp '2024-07-01 05:00:00' as generated_at, 'Production' as stage
            from marts.dim_series, range(1, {HORIZON + 1}) as r (step),
                (values (date '2024-06-23'), (date '{CUTOFF}')) as cutoffs (cutoff),
                (values ('lightgbm'), ('seasonal_naive')) as models (model)
            where not (store is not distinct from 'S2' and product is not distinct from 'P3')
            order by unique_id, cutoff, ds, model
            """
        )
        con.execute(
            """
            create table marts.fct_forecast_quantiles as
            select unique_id, cutoff, ds, model, quantile_level, yhat + 10 * (quantile_level - 0.5) as yhat
            from marts.fct_forecasts, (values (0.1::double), (0.5::double), (0.9::double)) as q (quantile_level)
            order by all
            """
        )
        con.execute(
            f"""
            create table marts.forecast_latest as
            select f.unique_id, s.store, s.product, s.key_3, s.key_4, f.ds, f.yhat,
                case when f.ds = date '2024-07-02' then f.yhat * 2 else f.yhat end as yhat_adjusted, f.yhat - 4 as yhat_lower,
                f.yhat + 4 as yhat_upper, f.yhat - 4 as q10, f.yhat as q50, f.yhat + 4 as q90, f.model, f.model_version,
                f.forecast_source, f.cutoff, f.generated_at, false as is_stale
            from marts.fct_forecasts as f inner join marts.dim_series as s using (unique_id)
            where f.cutoff = date '{CUTOFF}' and f.model = 'lightgbm'
            order by f.unique_id, f.ds
            """
        )
        con.execute(
            """
            create table marts.dim_calendar as
            select ds::date as ds, dayofweek(ds) as day_of_week, false as is_close_period
            from generate_series(timestamp '2024-05-01', timestamp '2024-07-28', interval 1 day) as c (ds)
            """
        )
        con.execute(
            """
            create table marts.fct_backtest_forecasts as
            select unique_id, date '2024-06-02' as cutoff, date '2024-06-02' + h::integer as ds, model, h::integer as h,
                20.0 as y, 19.0 as yhat
            from marts.dim_series, range(1, 29) as r (h), (values ('lightgbm'), ('seasonal_naive')) as m (model)
            where level = 'bottom'
            """
        )
        con.execute(
            """
            create table marts.fct_backtest_metrics as
            select model, null::date as cutoff, segment_name, segment_value, 'all' as h_bucket, metric,
                value::double as value, 336::bigint as n
            from (values ('lightgbm', 'wape', 0.1), ('lightgbm', 'bias', 0.01), ('seasonal_naive', 'wape', 0.2),
                    ('seasonal_naive', 'bias', 0.02)) as m (model, metric, value),
                (values ('overall', 'all'), ('store', 'S1')) as s (segment_name, segment_value)
            """
        )
        con.execute(
            """
            create table marts.fct_accuracy as
            select model, '4w' as "window", segment_name, segment_value, metric, value, n
            from marts.fct_backtest_metrics
            union all
            select model, '4w', 'unique_id', unique_id, 'wape', series_number / 100.0 * weight, 28
            from marts.dim_series, (values ('lightgbm', 1.0), ('seasonal_naive', 2.0)) as m (model, weight)
            where level = 'bottom'
            """
        )
        con.execute(
            """
            create table registry.model_versions as
            select * from (values
                ('lightgbm-0123456789ab', 'lightgbm', 'abc123def456', date '2024-06-30', timestamp '2024-06-30 00:00:00',
                    1000::bigint, 12::bigint, 'feed', '{"num_leaves": 31}', 'beef', 'Production',
                    timestamp '2024-07-01 05:00:00'),
                ('lightgbm-fedcba987654', 'lightgbm', '000000000000', date '2024-06-23', timestamp '2024-06-23 00:00:00',
                    990::bigint, 12::bigint, 'feed', '{"num_leaves": 15}', 'dead', 'Archived',
                    timestamp '2024-06-24 05:00:00')
            ) as v (model_version, model, run_id, cutoff, as_of, n_rows, n_series, feature_schema_hash, parameters, sha256,
                stage, generated_at)
            """
        )
        con.execute(
            """
            create table registry.promotions as
            select 'd1' as decision_id, 'demo' as product, 'lightgbm-0123456789ab' as model_version,
                'Validated' as from_stage, 'Production' as to_stage, 'gate' as decided_by, 'better than naive' as reason,
                timestamp '2024-07-01 05:01:00' as decided_at
            """
        )
        _monitoring(con)
        con.execute(
            "create view compat.bigquery_ml as select unique_id, ds as forecast_timestamp, yhat as forecast_value "
            f'from "{path.stem}"."marts"."forecast_latest"'
        )
        con.execute(
            "create view compat.needs_unpublished as select b.store, count(*) as n from features.bottom as b group by 1"
        )
    return path


def _monitoring(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """
        create table monitoring.checks as
        select 'abc123def456' as run_id, 'completeness' as check_name, 'marts.forecast_latest' as subject, 'model' as layer,
            'error' as severity, true as passed, 1.0 as observed, 1.0 as threshold, '' as detail,
            timestamp '2024-07-01 05:02:00' as checked_at
        union all
        select 'abc123def456', 'promo share', '=1+1', 'data', 'warn', false, 0.2, 0.1, 'higher than usual',
            timestamp '2024-07-01 05:02:00'
        """
    )
    con.execute(
        "create table monitoring.drift as select 'promo' as feature, 0.03::double as psi, 240::bigint as n, "
        "false as is_drift, date '2024-06-30' as cutoff"
    )
    con.execute(
        "create table monitoring.freshness as select 'sales' as entity, timestamp '2024-06-30 00:00:00' as newest, "
        "1::integer as age_days, false as is_late"
    )
    con.execute(
        "create table monitoring.alerts as select 'promo share' as check_name, date '2024-07-01' as day, "
        "'open' as status, 'warn' as severity"
    )
    con.execute("create table monitoring.prediction_log (request_id varchar, unique_id varchar, status integer)")
    con.execute(
        "create table monitoring.run_cost as select 'abc123def456' as run_id, 'train' as step, 1.25::double as wall_s"
    )
