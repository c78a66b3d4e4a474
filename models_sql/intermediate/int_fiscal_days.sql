-- The fiscal year, quarter, period and week of every calendar day; see macro fiscal_days for the patterns.

with

calendar_range as (

    select
        min({{ period_start('period_index') }}) as first_instant,
        max({{ period_start('period_index + 1 + ' ~ var('horizon')) }}) as last_instant
    from {{ ref('int_observations_conformed') }}

),

days as (

    select cast(unnest(generate_series(
        date_trunc('year', first_instant - interval 1 day),
        date_trunc('year', last_instant) + interval 2 year - interval 1 day,
        interval 1 day
    )) as date) as calendar_date
    from calendar_range

)

{{ fiscal_days('days') }}
