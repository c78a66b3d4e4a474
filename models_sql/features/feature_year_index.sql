{%- set year = feature_calendar_year() | float -%}
{%- set reach = (year / 26) | int -%}
{%- set known_then = var('as_known_then') -%}
{#- Every cutoff has a pool of its own; one number for both, as two equalities would let DuckDB join pools to pools. -#}
{%- set far = 'cast(1000000000 as bigint)' -%}
{%- set own_pool = 'targets.cutoff_index * ' ~ far ~ ' + ' if known_then else '' -%}
with

cutoffs as (

    select cutoff_index
    from {{ ref('feature_cutoffs') }}

),

{% if known_then -%}
versions as (

    select
        series_number,
        period_index,
        y,
        known_index,
        coalesce(superseded_index, 2147483647) as superseded_index
    from {{ ref('feature_versions') }}
    where not is_imputed and not is_stockout

),

totals as (

    select
        observations.period_index,
        fsum(observations.y) as total,
        count(observations.y) as n
    from {{ ref('fct_observations') }} as observations
    anti join {{ ref('feature_versions') }} as known_otherwise
        on
            observations.series_number = known_otherwise.series_number
            and observations.period_index = known_otherwise.period_index
    where not observations.is_imputed and not observations.is_stockout
    group by observations.period_index

),

totals_by_cutoff as (

    select
        cutoffs.cutoff_index,
        totals.period_index,
        totals.total,
        totals.n
    from totals
    cross join cutoffs
    union all
    select
        cutoffs.cutoff_index,
        versions.period_index,
        fsum(versions.y) as total,
        count(versions.y) as n
    from cutoffs
    inner join versions
        on cutoffs.cutoff_index >= versions.known_index and cutoffs.cutoff_index < versions.superseded_index
    group by cutoffs.cutoff_index, versions.period_index

),

pooled as (

    select
        totals_by_cutoff.cutoff_index,
        totals_by_cutoff.period_index,
        sum(totals_by_cutoff.total) as total,
        sum(totals_by_cutoff.n) as n
    from totals_by_cutoff
    where totals_by_cutoff.period_index <= totals_by_cutoff.cutoff_index
    group by totals_by_cutoff.cutoff_index, totals_by_cutoff.period_index
    having sum(totals_by_cutoff.n) > 0

),

{% else -%}
-- All series together, a mean per period.
pooled as (

    select
        period_index,
        fsum(y) as total,
        count(y) as n
    from {{ ref('fct_observations') }}
    where not is_imputed and not is_stockout
    group by period_index

),

{% endif -%}

running_totals as (

    select
        {{ 'pooled.cutoff_index * ' ~ far ~ ' + ' if known_then }}pooled.period_index as place,
        sum(pooled.total / nullif(pooled.n, 0)) over (
            {{ 'partition by pooled.cutoff_index ' if known_then }}order by pooled.period_index
            rows between unbounded preceding and current row
        ) as total,
        row_number() over (
            {{ 'partition by pooled.cutoff_index ' if known_then }}order by pooled.period_index
        ) as n
    from pooled

),

targets as (

    select
        cutoffs.cutoff_index,
        cutoffs.cutoff_index + steps.h as target_index,
        years.years_back,
        cast(round(years.years_back * {{ year }}) as integer) as periods_back
    from cutoffs
    cross join range(1, {{ (var('horizon') | int) + 1 }}) as steps (h)
    cross join range(1, 6) as years (years_back)

),

-- How the weeks around the date of ds stood, in each earlier year, to the year that ended on the date of the cutoff.
compared as (

    select
        targets.cutoff_index,
        targets.target_index,
        (around_last.total - around_first.total) / (around_last.n - around_first.n)
        / nullif((year_last.total - year_first.total) / (year_last.n - year_first.n), 0) as year_index
    from targets
    inner join running_totals as around_last
        on {{ own_pool }}targets.target_index - targets.periods_back + {{ reach }} = around_last.place
    inner join running_totals as around_first
        on {{ own_pool }}targets.target_index - targets.periods_back - {{ reach + 1 }} = around_first.place
    inner join running_totals as year_last
        on {{ own_pool }}targets.cutoff_index - targets.periods_back = year_last.place
    inner join running_totals as year_first
        on {{ own_pool }}targets.cutoff_index - targets.periods_back - {{ year | round | int }} + 1 = year_first.place
    where targets.target_index - targets.periods_back + {{ reach }} <= targets.cutoff_index

)

select
    compared.cutoff_index,
    compared.target_index,
    cast(avg(compared.year_index) as float) as year_index,
    cast(count(*) as smallint) as n_years
from compared
group by compared.cutoff_index, compared.target_index
