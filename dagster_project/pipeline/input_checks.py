"""Queries of the checks that compare a run with what it was made of, and with the run before it."""

from __future__ import annotations

from dagster_project.product import Product

# How many planned drivers are told for less of the horizon than their contract asks for.
COVERAGE = """
    select
        count(*) filter (where not is_covered)::double as observed,
        case
            when count(min_coverage) = 0 then 'no model reads a planned driver'
            else coalesce(
                string_agg(
                    feature || ': ' || round(n_known / nullif(n_rows, 0), 4) || ' of ' || min_coverage,
                    '; ' order by feature
                ) filter (where not is_covered),
                'every plan reaches over the horizon'
            )
        end as detail
    from forecasting.feature_coverage_by_contract
    where run_id = $run_id
"""
GENERATED = "select 0::double as observed, 'generated deliveries do not age' as detail"
FRESHNESS = """
    select
        greatest(date_diff('second', $as_of::timestamp, $generated_at::timestamp) / 86400.0, 0)::double as observed,
        'days from the newest delivery, ' || strftime($as_of::timestamp, '%Y-%m-%d %H:%M') || ', to the run' as detail
"""
# The last run that could have been published before this one, wherever it was cut off: what readers had until now.
CHANGE = """
    with refused as (
        select run_id from forecasting.check_results where not passed and severity = 'block'
    ),
    last_run as (
        select run_id
        from forecasting.runs
        where
            run_id <> $run_id
            and generated_at < (select min(generated_at) from served)
            and run_id not in (select run_id from refused)
        order by generated_at desc, run_id
        limit 1
    ),
    said_before as (
        select before.unique_id, before.ds, before.yhat
        from forecasting.forecasts as before
        inner join last_run using (run_id)
        inner join forecasting.model_choices using (unique_id, cutoff, model, run_id)
    ),
    pairs as (
        select
            served.unique_id,
            abs(served.yhat - said_before.yhat) as change,
            avg(abs(said_before.yhat)) over (partition by served.unique_id) as level
        from served
        inner join said_before on served.unique_id = said_before.unique_id and served.ds = said_before.ds
    )
    select
        coalesce(median(case when level = 0 then (change > 0)::int else change / level end), 0)::double as observed,
        case
            when count(*) = 0 then 'no run before it speaks of these periods'
            else 'median change of ' || count(*) || ' forecasts, over the level of their series, from run '
                || (select run_id from last_run)
        end as detail
    from pairs
"""


def freshness_query(product: Product) -> str:
    """Days between the newest delivery and the run; parameters `$as_of` and `$generated_at`."""
    return GENERATED if product.generator is not None else FRESHNESS
