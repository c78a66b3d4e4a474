{#- Fails for every series and level with no node or more than one in some period. -#}
{% test one_parent_per_period(model) %}
with

versions as (

    select
        level,
        series_number,
        valid_from_period,
        valid_to_period,
        lag(valid_to_period) over same_series as previous_valid_to_period,
        row_number() over same_series as place,
        count(*) over (partition by level, series_number) as n_versions
    from {{ model }}
    window same_series as (partition by level, series_number order by version)

)

select *
from versions
where
    (place = 1) <> (valid_from_period is null)
    or (place = n_versions) <> (valid_to_period is null)
    or valid_from_period <> previous_valid_to_period
{% endtest %}
