with

series_accuracy as (

    select *
    from {{ ref('fct_series_accuracy') }}
    where level = 'bottom'

),

series as (

    select *
    from {{ ref('dim_series') }}

),

totals as (

    select
        series_accuracy.model,
        series_accuracy.unique_id,
        cast(sum(series_accuracy.n) as bigint) as n,
        {{ exact_sum('series_accuracy.absolute_error') }} as absolute_error,
        {{ exact_sum('series_accuracy.error') }} as error,
        {{ exact_sum('series_accuracy.absolute_y') }} as absolute_y,
        {{ exact_sum('series_accuracy.absolute_error_value') }} as absolute_error_value,
        {{ exact_sum('series_accuracy.error_value') }} as error_value,
        -- Decimals, as above: equal means of different series must not fall either way in their rank.
        {{ exact_sum('series_accuracy.mase') }} / nullif(count(series_accuracy.mase), 0) as mase
    from series_accuracy
    group by series_accuracy.model, series_accuracy.unique_id

),

-- In money where the product names a unit value, in units otherwise; a series without a value costs nothing.
weighed as (

    select
        totals.*,
        {{ 'coalesce(totals.absolute_error_value, 0)' if var('unit_value') else 'totals.absolute_error' }} as impact
    from totals

),

ranked as (

    select
        weighed.*,
        row_number() over largest_first as impact_rank,
        row_number() over (
            partition by weighed.model order by weighed.mase desc nulls last, weighed.unique_id asc
        ) as mase_rank,
        weighed.impact / nullif(sum(weighed.impact) over (partition by weighed.model), 0) as share_of_impact,
        sum(weighed.impact) over largest_first / nullif(sum(weighed.impact) over (partition by weighed.model), 0)
            as cumulative_share
    from weighed
    window largest_first as (partition by weighed.model order by weighed.impact desc, weighed.unique_id asc)

)

select
    ranked.model,
    ranked.unique_id,
    cast(ranked.impact_rank as integer) as impact_rank,
    {%- for slot in var('key_slots') %}
    series.{{ adapter.quote(slot) }},
    {%- endfor %}
    ranked.n,
    round(ranked.impact, 4) as impact,
    round(ranked.share_of_impact, 6) as share_of_impact,
    round(ranked.cumulative_share, 6) as cumulative_share,
    round(ranked.absolute_error, 6) as absolute_error,
    round(ranked.absolute_error_value, 4) as absolute_error_value,
    round(ranked.error_value, 4) as error_value,
    round(ranked.absolute_error / nullif(ranked.absolute_y, 0), 6) as wape,
    round(ranked.error / nullif(ranked.absolute_y, 0), 6) as bias,
    round(ranked.mase, 6) as mase,
    cast(ranked.mase_rank as integer) as mase_rank
from ranked
inner join series on ranked.unique_id = series.unique_id
