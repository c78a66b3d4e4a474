{#-
    Lists the columns of raw rows in which the contract does not hold, with the number of rows: empty values of columns
    that must be filled, and values that are not among the accepted ones (blanks around a value do not count). A mean of
    all rows outside its range counts every row: no single one is at fault.
-#}
{% test contract_values(model, filled, accepted, means={}) %}
with

counts as (

    select
{%- for column in filled %}
        count(*) filter (where trim({{ adapter.quote(column) }}) = '' or {{ adapter.quote(column) }} is null)
            as {{ adapter.quote(column ~ ': empty') }},
{%- endfor %}
{%- for column, values in accepted.items() %}
        count(*) filter (where trim({{ adapter.quote(column) }}) not in ('{{ values | join("', '") }}', ''))
            as {{ adapter.quote(column ~ ': other values') }},
{%- endfor %}
{%- for column, range in means.items() %}
{%- set number = 'try_cast(' ~ adapter.quote(column) ~ ' as double)' %}
        case
            when avg({{ number }}) filter (where isfinite({{ number }})) not between {{ range[0] }} and {{ range[1] }}
                then count(*)
            else 0
        end as {{ adapter.quote(column ~ ': mean out of range') }},
{%- endfor %}
        0 as nothing
    from {{ model }}

),

named as (

    unpivot counts on columns(*) into name broken_promise value n_rows

)

select *
from named
where n_rows > 0
{% endtest %}
