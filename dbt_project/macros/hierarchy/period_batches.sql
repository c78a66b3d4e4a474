{#- Query of the first and last period of stretches of time with about five million observations each, in the order of
    time: what they add up to on every level of a hierarchy takes about a gigabyte. -#}
{%- macro period_batches() -%}
select
    stretches.first_index,
    stretches.first_index + stretches.n_periods - 1 as last_index
from (
    select
        observed.n_periods,
        unnest(range(observed.first_index, observed.last_index + 1, observed.n_periods)) as first_index
    from (
        select
            min(period_index) as first_index,
            max(period_index) as last_index,
            greatest(1, cast(5000000 as bigint) * (max(period_index) - min(period_index) + 1) // count(*)) as n_periods
        from {{ ref('fct_observations') }}
    ) as observed
) as stretches
order by stretches.first_index
{%- endmacro -%}
