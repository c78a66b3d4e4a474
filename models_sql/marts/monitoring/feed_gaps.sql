{%- set keys = var('keys') %}
-- A feed that fails looks like a day without sales: everything of a store, or of another key, is silent at once.

with

observations as (

    select
        series_number,
        period_index,
        missing_kind = 'observed' and y <> 0 as is_told
    from {{ ref('fct_observations') }}

),

-- Numbers instead of texts while counting: what shares a key goes by the number of its first series.
series as (

    select
        {%- for key in keys %}
        key_{{ loop.index }},
        min(series_number) over (partition by key_{{ loop.index }}) as key_{{ loop.index }}_number,
        {%- endfor %}
        series_number
    from {{ ref('int_series') }}

),

told_by_key as (

    {%- for key in keys %}
    select
        '{{ key }}' as key_name,
        series.key_{{ loop.index }}_number as key_number,
        observations.period_index,
        count(*) as n_series,
        count(*) filter (where observations.is_told) as n_told
    from observations
    inner join series on observations.series_number = series.series_number
    group by series.key_{{ loop.index }}_number, observations.period_index
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- The same season of the four seasons before says how many series usually tell something.
beside_the_usual as (

    select
        key_name,
        key_number,
        period_index,
        n_series,
        n_told,
        min(n_told) over same_season as usually_told,
        count(*) over same_season as n_seasons
    from told_by_key
    window same_season as (
        partition by key_name, key_number, period_index % {{ var('season_length') }}
        order by period_index
        rows between 4 preceding and 1 preceding
    )

),

periods as (

    select
        ds,
        period_index,
        is_holiday
    from {{ ref('dim_periods') }}

),

live_cutoff as (

    select {{ live_cutoff_index(ref('int_observations_conformed')) }} as cutoff_index

)

select
    '{{ var('product') }}' as product,
    gaps.key_name,
    case gaps.key_name
        {%- for key in keys %}
        when '{{ key }}' then series.key_{{ loop.index }}
        {%- endfor %}
    end as key_value,
    periods.ds,
    cast(gaps.n_series as bigint) as n_series,
    cast(gaps.usually_told as bigint) as usually_told,
    gaps.period_index > live_cutoff.cutoff_index - {{ var('season_length') }}
    and gaps.period_index <= live_cutoff.cutoff_index as is_recent,
    -- An old gap is history; one in the last period is what the forecast would start from.
    gaps.period_index = live_cutoff.cutoff_index and gaps.usually_told >= 10 as is_blocking
from beside_the_usual as gaps
inner join periods on gaps.period_index = periods.period_index
inner join series on gaps.key_number = series.series_number
cross join live_cutoff
-- Three series that all told something in each of the last four seasons fall silent together on holidays, or when
-- nothing was delivered.
where
    gaps.n_told = 0
    and gaps.n_seasons = 4
    and gaps.usually_told >= 3
    and not periods.is_holiday
