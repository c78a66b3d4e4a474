{#- Fails when the share of rows that meet a condition is outside [min_ratio, max_ratio]; an empty relation passes. -#}
{% test accepted_ratio(model, condition, min_ratio=0, max_ratio=1) %}
select
    count(*) as n_rows,
    count(*) filter (where {{ condition }}) as n_that_meet_it
from {{ model }}
having
    count(*) > 0
    and count(*) filter (where {{ condition }}) / count(*) not between {{ min_ratio }} and {{ max_ratio }}
{% endtest %}
