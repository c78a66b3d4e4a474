{#- Fails where the sums of a column and of another relation's column, per group, differ by more than tolerance. -#}
{% test sum_reconciles(model, column_name, to, to_column, group_by=[], tolerance=0.000001) %}
with

sums as (

    select
{%- for column in group_by %}
        {{ column }},
{%- endfor %}
        sum({{ column_name }}) as total
    from {{ model }}
{% if group_by %}group by {{ group_by | join(', ') }}{% endif %}

),

expected_sums as (

    select
{%- for column in group_by %}
        {{ column }},
{%- endfor %}
        sum({{ to_column }}) as total
    from {{ to }}
{% if group_by %}group by {{ group_by | join(', ') }}{% endif %}

)

select
{%- for column in group_by %}
    coalesce(sums.{{ column }}, expected_sums.{{ column }}) as {{ column }},
{%- endfor %}
    sums.total,
    expected_sums.total as expected_total
from sums
full outer join expected_sums
    on
        true
{%- for column in group_by %}
        and sums.{{ column }} = expected_sums.{{ column }}
{%- endfor %}
where
    abs(coalesce(sums.total, 0) - coalesce(expected_sums.total, 0))
    > {{ tolerance }} * greatest(1, abs(coalesce(expected_sums.total, 0)))
{% endtest %}
