{%- set silence = longest_silence() -%}
with

cutoffs as (

    select
        cutoff,
        cutoff_index,
        role
    from {{ ref('feature_cutoffs') }}
    where role in ('live', 'backtest', 'calibration')

),

series as (

    select
        unique_id,
        series_number,
        status
    from {{ ref('dim_series') }}
    where level = 'bottom'

),

lives as (

    select
        series_number,
        first_period,
        last_period,
        is_complete
    from {{ ref('int_series_lives') }}

),

observations as (

    select
        series_number,
        period_index
    from {{ ref('int_observations_conformed') }}
    where y is not null

),

{% if var('as_known_then') -%}
versions as (

    select
        series_number,
        period_index,
        known_index,
        superseded_index,
        is_told
    from {{ ref('feature_versions') }}

),

-- A series without gaps that was told in its turn needs no counting: its observations are the periods of its life.
complete_lives as (

    select
        lives.series_number,
        lives.first_period,
        lives.last_period
    from lives
    anti join versions on lives.series_number = versions.series_number
    where lives.is_complete

),

-- What was told late or otherwise once counts at the cutoffs at which its source had told it.
counted as (

    select
        observations.series_number,
        observations.period_index,
        observations.period_index as counts_from,
        cast(null as integer) as counts_before
    from observations
    anti join complete_lives on observations.series_number = complete_lives.series_number
    anti join versions
        on
            observations.series_number = versions.series_number
            and observations.period_index = versions.period_index
    union all
    select
        versions.series_number,
        versions.period_index,
        versions.known_index as counts_from,
        versions.superseded_index as counts_before
    from versions
    where versions.is_told

),

{% else -%}
-- A series without gaps needs no counting: its observations are the periods of its life.
complete_lives as (

    select
        lives.series_number,
        lives.first_period,
        lives.last_period
    from lives
    where lives.is_complete

),

counted as (

    select
        observations.series_number,
        observations.period_index,
        observations.period_index as counts_from,
        cast(null as integer) as counts_before
    from observations
    anti join complete_lives on observations.series_number = complete_lives.series_number

),

{% endif -%}
lives_at_cutoffs as (

    select
        complete_lives.series_number,
        cutoffs.cutoff_index,
        complete_lives.first_period,
        least(complete_lives.last_period, cutoffs.cutoff_index) as last_period,
        least(complete_lives.last_period, cutoffs.cutoff_index) - complete_lives.first_period + 1 as n_observations
    from complete_lives
    inner join cutoffs on complete_lives.first_period <= cutoffs.cutoff_index
    union all
    select
        counted.series_number,
        cutoffs.cutoff_index,
        min(counted.period_index) as first_period,
        max(counted.period_index) as last_period,
        count(*) as n_observations
    from counted
    inner join cutoffs on counted.counts_from <= cutoffs.cutoff_index
    where counted.counts_before is null or counted.counts_before > cutoffs.cutoff_index
    group by counted.series_number, cutoffs.cutoff_index

),

judged as (

    select
        series.unique_id,
        cutoffs.cutoff,
        cutoffs.role,
        coalesce(lives_at_cutoffs.n_observations, 0) as n_observations,
        lives_at_cutoffs.last_period,
        cutoffs.cutoff_index - lives_at_cutoffs.last_period as periods_silent,
        -- What the attributes say about the end of a series is known at the live cutoff only.
        {{ series_status(
            'lives_at_cutoffs.first_period',
            'lives_at_cutoffs.last_period',
            'cutoffs.cutoff_index',
            "(series.status = 'discontinued' and cutoffs.role = 'live')"
        ) }} as status
    from series
    cross join cutoffs
    left join lives_at_cutoffs
        on
            series.series_number = lives_at_cutoffs.series_number
            and cutoffs.cutoff_index = lives_at_cutoffs.cutoff_index

),

explained as (

    select
        unique_id,
        cutoff,
        role,
        status,
        n_observations,
        last_period,
        case
            when status = 'discontinued' and periods_silent > {{ silence }}
                then 'discontinued: nothing observed for more than {{ silence }} periods'
            when status = 'discontinued' then 'discontinued: its attributes say that it has ended'
            -- At a past cutoff nobody knew of it; at the live one, a plan has announced it.
            when n_observations = 0 and role <> 'live' then 'not known yet: first observed after the cutoff'
        end as reason
    from judged

)

select
    unique_id,
    cutoff,
    role,
    status,
    cast(n_observations as bigint) as n_observations,
    {{ period_from_index('last_period') }} as last_ds,
    reason is null as is_forecast,
    reason
from explained
