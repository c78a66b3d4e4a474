-- A planned driver stands in a feature row only when it was known at the end of the cutoff (R-083, R-085).
with

announced as (

    select
        series_number,
        ds,
        known_at
    from {{ ref('fct_drivers') }}
    where known_at is not null

),

targets as (

    select *
    from {{ ref('feature_targets') }}

)

select
    targets.series_number,
    targets.cutoff,
    targets.ds,
    announced.known_at
from targets
inner join announced
    on
        targets.series_number = announced.series_number
        and targets.ds = announced.ds
where
    announced.known_at > {{ period_start('targets.cutoff_index + 1') }}
    and (
        false
        {%- for driver in feature_drivers() %}
        or targets.{{ adapter.quote('driver_' ~ (driver | replace('driver_', ''))) }} is not null
        {%- endfor %}
    )
