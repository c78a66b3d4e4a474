{%- set silence = longest_silence() -%}
{%- set known_then = var('as_known_then') -%}
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

{% if known_then -%}
versions as (

    select
        series_number,
        period_index,
        known_index,
        superseded_index,
        is_told
    from {{ ref('feature_versions') }}

),

told_otherwise as (

    select distinct versions.series_number
    from versions

),

-- Of a series that was told late or otherwise once, a period counts at the cutoffs at which its source had told it.
told as (

    select
        observations.series_number,
        observations.period_index,
        observations.period_index as known_index,
        cast(null as integer) as superseded_index
    from observations
    semi join told_otherwise on observations.series_number = told_otherwise.series_number
    anti join versions
        on
            observations.series_number = versions.series_number
            and observations.period_index = versions.period_index
    union all
    select
        versions.series_number,
        versions.period_index,
        versions.known_index,
        versions.superseded_index
    from versions
    where versions.is_told

),

{% endif -%}
-- A series without gaps needs no counting: its observations are the periods of its life.
lives_at_cutoffs as (

    select
        lives.series_number,
        cutoffs.cutoff_index,
        lives.first_period,
        least(lives.last_period, cutoffs.cutoff_index) as last_period,
        least(lives.last_period, cutoffs.cutoff_index) - lives.first_period + 1 as n_observations
    from lives
    inner join cutoffs on lives.first_period <= cutoffs.cutoff_index
{%- if known_then %}
    anti join told_otherwise on lives.series_number = told_otherwise.series_number
{%- endif %}
    where lives.is_complete
    union all
    select
        observations.series_number,
        cutoffs.cutoff_index,
        min(observations.period_index) as first_period,
        max(observations.period_index) as last_period,
        count(*) as n_observations
    from observations
    inner join lives on observations.series_number = lives.series_number
    inner join cutoffs on observations.period_index <= cutoffs.cutoff_index
{%- if known_then %}
    anti join told_otherwise on observations.series_number = told_otherwise.series_number
{%- endif %}
    where not lives.is_complete
    group by observations.series_number, cutoffs.cutoff_index
{%- if known_then %}
    union all
    select
        told.series_number,
        cutoffs.cutoff_index,
        min(told.period_index) as first_period,
        max(told.period_index) as last_period,
        count(*) as n_observations
    from told
    inner join cutoffs
        on
            told.known_index <= cutoffs.cutoff_index
            and (told.superseded_index is null or told.superseded_index > cutoffs.cutoff_index)
    group by told.series_number, cutoffs.cutoff_index
{%- endif %}

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
