{#- Fails for values below zero, unless the product allows them; NULL passes. -#}
{% test non_negative(model, column_name) %}
select {{ column_name }}
from {{ model }}
where
    {{ column_name }} < 0
{%- if var('allow_negative') %} and false{% endif %}
{% endtest %}
