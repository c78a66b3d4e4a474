{#-
    Lists the columns of raw rows in which the contract does not hold, with the number of rows: empty values of columns
    that must be filled, and values that are not among the accepted ones (blanks around a value do not count).
-#}
{% test contract_values(model, filled, accepted) %}
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
