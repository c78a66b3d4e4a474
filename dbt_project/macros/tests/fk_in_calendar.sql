{#- Fails for every ds that is no period of the product. -#}
{% test fk_in_calendar(model, column_name) %}
select distinct rows_of_model.{{ column_name }}
from {{ model }} as rows_of_model
anti join {{ ref('dim_periods') }} as periods
    on rows_of_model.{{ column_name }} = periods.ds
where rows_of_model.{{ column_name }} is not null
{% endtest %}
