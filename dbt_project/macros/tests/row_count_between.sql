{#- Fails when a relation has fewer or more rows than expected. -#}
{% test row_count_between(model, min_rows=1, max_rows=none) %}
select count(*) as n_rows
from {{ model }}
having
    count(*) < {{ min_rows }}
{%- if max_rows is not none %} or count(*) > {{ max_rows }}{% endif %}
{% endtest %}
