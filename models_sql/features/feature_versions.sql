{{ config(enabled=var('as_known_then')) }}
-- Only what counts later than the end of its own period, or counted differently once: everything else has one version,
-- known when its period ends.
with

series as (

    select
        series_number,
        unique_id
    from {{ ref('feature_series') }}

),

live_cutoff as (

    select cutoff_index as live_index
    from {{ ref('feature_cutoffs') }}
    where role = 'live'

),

observations as (

    select
        series_number,
        period_index,
        y,
        is_stockout,
        is_imputed,
        missing_kind in ('observed', 'stock_out') as is_told,
        {{ feature_known_index('known_at') }} as known_index
    from {{ ref('fct_observations') }}
    where period_index <= (select live_cutoff.live_index from live_cutoff)

),

-- An imputed value is made of what came before it in the series, and known no earlier than the last of that.
latest as (

    select
        observations.* replace (
            case
                when observations.is_imputed
                    then greatest(
                        observations.known_index,
                        max(observations.known_index) filter (where not observations.is_imputed) over (
                            partition by observations.series_number
                            order by observations.period_index
                            rows between unbounded preceding and 1 preceding
                        )
                    )
                else observations.known_index
            end as known_index
        )
    from observations

),

restated as (

    select
        series.series_number,
        versions.period_index,
        versions.y,
        versions.is_stockout,
        versions.change in ('added', 'changed') and versions.y is not null as is_told,
        {{ feature_known_index('versions.known_at') }} as known_index,
        case
            when versions.superseded_at is not null then {{ feature_known_index('versions.superseded_at') }}
        end as superseded_index
    from {{ ref('fct_observation_versions') }} as versions
    inner join series on versions.unique_id = series.unique_id
    where versions.period_index <= (select live_cutoff.live_index from live_cutoff)

),

-- The latest version is what fct_observations holds, cleaned and filled; a period that was taken back at the end of a
-- life is not there any more.
restated_and_latest as (

    select
        restated.series_number,
        restated.period_index,
        restated.y,
        restated.is_stockout,
        false as is_imputed,
        restated.is_told,
        restated.known_index,
        restated.superseded_index
    from restated
    where restated.superseded_index is not null
    union all
    select
        restated.series_number,
        restated.period_index,
        latest.y,
        coalesce(latest.is_stockout, false) as is_stockout,
        coalesce(latest.is_imputed, false) as is_imputed,
        coalesce(latest.is_told, false) as is_told,
        greatest(restated.known_index, latest.known_index) as known_index,
        restated.superseded_index
    from restated
    left join latest
        on
            restated.series_number = latest.series_number
            and restated.period_index = latest.period_index
    where restated.superseded_index is null

),

known_late as (

    select
        latest.*,
        cast(null as integer) as superseded_index
    from latest
    anti join restated
        on
            latest.series_number = restated.series_number
            and latest.period_index = restated.period_index
    where latest.known_index > latest.period_index

),

told as (

    select * from restated_and_latest
    -- Two deliveries within one period: the first of them was never the version at a cutoff.
    where superseded_index is null or superseded_index > known_index
    union all
    select * from known_late

),

-- Until the first version counts, nothing is known of the period.
unknown_at_first as (

    select
        told.series_number,
        told.period_index,
        cast(null as double) as y,
        false as is_stockout,
        false as is_imputed,
        false as is_told,
        told.period_index as known_index,
        min(told.known_index) as superseded_index
    from told
    group by told.series_number, told.period_index
    having min(told.known_index) > told.period_index

),

every_version as (

    select * from told
    union all
    select * from unknown_at_first

)

select
    every_version.series_number,
    series.unique_id,
    cast({{ period_from_index('every_version.period_index') }} as {{ var('ds_type') }}) as ds,
    every_version.period_index,
    cast(every_version.known_index as integer) as known_index,
    cast(every_version.superseded_index as integer) as superseded_index,
    every_version.y,
    every_version.is_stockout,
    every_version.is_imputed,
    every_version.is_told
from every_version
inner join series on every_version.series_number = series.series_number
