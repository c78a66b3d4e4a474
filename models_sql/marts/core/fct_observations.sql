with

series as (

    select * from {{ ref('int_series') }}

),

lives as (

    select * from {{ ref('int_series_lives') }}

),

complete_series as (

    select
        observations.series_number,
        observations.period_index,
        observations.is_stockout,
        observations.is_outlier,
        observations.known_at,
        observations.n_readings,
        observations.y,
        'observed' as missing_kind
    from {{ ref('int_observations_conformed') }} as observations
    inner join lives on observations.series_number = lives.series_number
    where lives.is_complete and observations.y is not null

),

every_series_without_gaps as (

    select * from complete_series
    union all
    select
        series_number,
        period_index,
        is_stockout,
        is_outlier,
        known_at,
        n_readings,
        y,
        missing_kind
    from {{ ref('int_observations_filled') }}

),

-- As known then, what a later delivery changed counts from its arrival; fct_observation_versions has what held before.
restated as (

    select
        unique_id,
        period_index,
        known_at
    from {{ ref('fct_observation_versions') }}
    where superseded_at is null and {{ var('as_known_then') | lower }}

),

-- An average of fewer readings than usual is marked; hours of a day differ by one when the clock is set.
usual as (

    select {{ '0.95 * mode(n_readings)' if averages_readings() else 'cast(max(null) as double)' }} as fewest_readings
    from {{ ref('int_observations_conformed') }}

),

outlier_bounds as (

    select * from {{ ref('int_outlier_bounds') }}

)

select
    series.unique_id,
    every_series_without_gaps.series_number,
    {{ period_from_index('every_series_without_gaps.period_index') }} as ds,
    every_series_without_gaps.period_index,
    every_series_without_gaps.y,
    every_series_without_gaps.missing_kind = 'missing' as is_imputed,
    every_series_without_gaps.is_stockout,
    every_series_without_gaps.is_outlier
    or coalesce(
        every_series_without_gaps.y not between outlier_bounds.lower_bound and outlier_bounds.upper_bound, false
    ) as is_outlier,
    coalesce(
        restated.known_at,
        greatest(
            {{ 'every_series_without_gaps.known_at' if var('as_known_then') else 'null' }},
            {{ period_start('every_series_without_gaps.period_index + 1') }}
        )
    ) as known_at,
    every_series_without_gaps.n_readings,
    coalesce(every_series_without_gaps.n_readings < usual.fewest_readings, false) as is_partial,
    every_series_without_gaps.missing_kind
from every_series_without_gaps
inner join series on every_series_without_gaps.series_number = series.series_number
cross join usual
left join outlier_bounds on every_series_without_gaps.series_number = outlier_bounds.series_number
left join restated
    on
        series.unique_id = restated.unique_id
        and every_series_without_gaps.period_index = restated.period_index
