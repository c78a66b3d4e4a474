{#- Fails where a higher quantile lies below a lower one of the same row key. -#}
{% test monotone_quantiles(model, column_name, key, level_column='quantile_level') %}
with

neighbours as (

    select
        {{ key | join(', ') }},
        {{ level_column }},
        {{ column_name }},
        lag({{ column_name }}) over (partition by {{ key | join(', ') }} order by {{ level_column }}) as lower_quantile
    from {{ model }}

)

select *
from neighbours
where {{ column_name }} < lower_quantile
{% endtest %}
