{#- Five million observations take about a gigabyte in windows and joins. Marts are not sorted by series, so each batch
    reads all of them: fewer batches, fewer readings. -#}
{%- set observations_per_batch = 5000000 -%}
with

series as (

    select
        series_number,
        first_index,
        last_index
    from {{ ref('feature_series') }}

),

running_totals as (

    select
        series.series_number,
        sum(series.last_index - series.first_index + 1) over (
            order by series.series_number
            rows between unbounded preceding and current row
        ) as n
    from series
    {%- if var('as_known_then') %}
    -- Each history of a series takes as much again.
    inner join {{ ref('feature_known_histories') }} as histories on series.series_number = histories.series_number
    {%- endif %}

)

select
    cast((running_totals.n - 1) // {{ observations_per_batch }} as integer) as batch_number,
    min(running_totals.series_number) as first_number,
    max(running_totals.series_number) as last_number
from running_totals
group by batch_number
