-- Every day from the year of the first observation to the end of the year after the last horizon.

with

observed_range as (

    select
        min({{ period_start('period_index') }}) as first_instant,
        max({{ period_start('period_index + 1 + ' ~ var('horizon')) }}) as last_instant
    from {{ ref('int_observations_conformed') }}

),

midnights as (

    select
        unnest(
            generate_series(
                date_trunc('year', first_instant - interval 1 day),
                date_trunc('year', last_instant) + interval 2 year - interval 1 day,
                interval 1 day
            )
        ) as midnight
    from observed_range

)

select cast(midnight as date) as calendar_date
from midnights
