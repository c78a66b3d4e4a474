{#- Fails for every row for which a condition is false; unknown (NULL) passes. -#}
{% test expression_is_true(model, expression) %}
select *
from {{ model }}
where not ({{ expression }})
{% endtest %}
