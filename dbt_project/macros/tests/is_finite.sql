{#- Fails for NaN and infinity, which not_null lets pass; NULL passes. -#}
{% test is_finite(model, column_name) %}
select {{ column_name }}
from {{ model }}
where not isfinite({{ column_name }})
{% endtest %}
