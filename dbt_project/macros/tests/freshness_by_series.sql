{#- Fails for every series whose newest period is more than max_periods behind the newest of all series. -#}
{% test freshness_by_series(model, series_column, index_column, max_periods) %}
with

newest as (

    select
        {{ series_column }},
        max({{ index_column }}) as last_period
    from {{ model }}
    group by {{ series_column }}

)

select
    newest.{{ series_column }},
    newest.last_period
from newest
where newest.last_period < (select max(all_series.last_period) from newest as all_series) - {{ max_periods }}
{% endtest %}
