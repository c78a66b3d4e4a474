{%- set year = feature_calendar_year() | float -%}
{%- set reach = (year / 26) | int -%}
with

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

cutoffs as (

    select cutoff_index
    from {{ ref('feature_cutoffs') }}

),

running_totals as (

    select
        pooled.period_index,
        sum(pooled.total / nullif(pooled.n, 0)) over (
            order by pooled.period_index
            rows between unbounded preceding and current row
        ) as total,
        row_number() over (order by pooled.period_index) as n
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
        on targets.target_index - targets.periods_back + {{ reach }} = around_last.period_index
    inner join running_totals as around_first
        on targets.target_index - targets.periods_back - {{ reach + 1 }} = around_first.period_index
    inner join running_totals as year_last
        on targets.cutoff_index - targets.periods_back = year_last.period_index
    inner join running_totals as year_first
        on targets.cutoff_index - targets.periods_back - {{ year | round | int }} + 1 = year_first.period_index
    where targets.target_index - targets.periods_back + {{ reach }} <= targets.cutoff_index

)

select
    compared.cutoff_index,
    compared.target_index,
    cast(avg(compared.year_index) as float) as year_index,
    cast(count(*) as smallint) as n_years
from compared
group by compared.cutoff_index, compared.target_index
