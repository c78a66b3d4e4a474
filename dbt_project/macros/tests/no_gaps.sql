{#- Fails for every series whose period numbers are not contiguous. -#}
{% test no_gaps(model, series_column, index_column) %}
select
    {{ series_column }},
    count(*) as n_rows,
    min({{ index_column }}) as first_period,
    max({{ index_column }}) as last_period
from {{ model }}
group by {{ series_column }}
having count(*) <> max({{ index_column }}) - min({{ index_column }}) + 1
{% endtest %}
