"""Whether each critical part of the business keeps its limits on the scored windows, what the others do aside.

A series belongs to a part by its keys and by the attributes that held at the cutoff: a later move changes no judgement
of an earlier window.
"""

from __future__ import annotations

from dagster_project.product import Product
from dagster_project.product_sections import CriticalSegment
from dagster_project.sql_text import literal, quoted

NOTHING_CRITICAL = "select 0::double as observed, 'no critical segments named' as detail"
JUDGED = """,
    sums as (
        select
            limits.segment_name,
            limits.min_gain,
            limits.max_wape,
            limits.max_bias,
            count(served_then.y) as n,
            sum(abs(served_then.yhat - served_then.y)) as served_error,
            sum(abs(baseline.yhat - served_then.y)) as baseline_error,
            sum(served_then.yhat - served_then.y) as error,
            sum(abs(served_then.y)) as total
        from limits
        left join members on limits.segment_name = members.segment_name
        left join served_then
            on
                members.unique_id = served_then.unique_id
                and coalesce(members.valid_from <= served_then.cutoff, true)
                and coalesce(members.valid_to > served_then.cutoff, true)
        left join forecasting.backtest_forecasts as baseline
            on
                served_then.unique_id = baseline.unique_id
                and served_then.cutoff = baseline.cutoff
                and served_then.ds = baseline.ds
                and baseline.model = 'seasonal_naive'
                and baseline.run_id = $run_id
        group by all
    ),
    -- Where nothing was wanted an error has no share: any is too much. Nine digits: parallel sums differ in the last
    -- ones, and a limit must not hang on them.
    measured as (
        select
            *,
            round(case when total = 0 then (served_error > 0)::int else served_error / total end, 9) as wape,
            round(case when total = 0 then (error <> 0)::int else abs(error) / total end, 9) as bias,
            round(case when baseline_error = 0 then (served_error > 0)::int else served_error / baseline_error end, 9)
                as ratio
        from sums
    ),
    breaches as (
        select segment_name, segment_name || ': nothing was forecast and scored' as breach from measured where n = 0
        union all
        select segment_name, segment_name || ': error ' || round(ratio, 4) || ' of seasonal naive''s, limit '
            || (1 - min_gain) from measured where ratio > 1 - min_gain
        union all
        select segment_name, segment_name || ': WAPE ' || round(wape, 4) || ', limit ' || max_wape
        from measured where wape > max_wape
        union all
        select segment_name, segment_name || ': bias ' || round(bias * sign(error), 4) || ', limit ' || max_bias
        from measured where bias > max_bias
    )
    select
        count(*)::double as observed,
        coalesce(string_agg(breach, '; ' order by segment_name, breach), 'all limits kept') as detail
    from breaches
"""


def breaches_query(product: Product) -> str:
    """How many limits of critical segments are broken, and which; parameter `$run_id`."""
    critical = product.gates.critical_segments
    if not critical:
        return NOTHING_CRITICAL
    limits = ", ".join(
        f"({literal(item.name)}, {item.min_gain_over_seasonal_naive!r}::double, {_number(item.max_wape)}, "
        f"{_number(item.max_bias)})"
        for item in critical
    )
    members = " union all ".join(_members(product, item) for item in critical)
    return (
        f"""
    with limits (segment_name, min_gain, max_wape, max_bias) as (values {limits}),
    members as ({members})"""
        + JUDGED
    )


def _members(product: Product, segment: CriticalSegment) -> str:
    conditions = " and ".join(
        f"{'series' if name in product.keys else 'history'}.{quoted(name)}::varchar in "
        f"({', '.join(literal(value) for value in values)})"
        for name, values in segment.where.items()
    )
    # Names are the product's own columns, values are literals.
    return f"""
        select {literal(segment.name)} as segment_name, series.unique_id, history.valid_from, history.valid_to
        from marts.dim_series as series
        left join marts.dim_series_history as history on series.unique_id = history.unique_id
        where series.level = 'bottom' and {conditions}
    """  # noqa: S608


def _number(limit: float | None) -> str:
    return "null::double" if limit is None else f"{limit!r}::double"
