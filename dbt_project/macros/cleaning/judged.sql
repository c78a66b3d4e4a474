{#-
    Every row of a staging model with the first cleaning rule it fails (rule_id, reason; NULL = accepted).

    relation: staging model; it has the delivery columns (_delivery_id, _as_of, _source_file, _row_number) and
        parse_error
    key: columns of the business key, none may be empty; scope: further key columns, empty means for all
    content: the other columns that make two rows equal
    before, after: lists of [rule_id, SQL condition, SQL reason] judged before and after duplicates; conditions name
        columns as staging.x, reasons as named.x
    duplicates: 'latest' (the later delivery and row wins) | 'sum' (repeated keys add up) | 'reject' (all are refused)
    repeated: a table made with repeated_rows() from the same parameters, for large facts; else they are ranked here
-#}
{% macro judged(
    relation, key, content, scope=[], before=[], after=[], duplicates='latest', repeated=none
) -%}
{%- set whole_key = (scope + key) | join(', ') | replace('"', '') -%}
with

{%- if repeated is none %}

repetitions as (

    {{ repeated_rows(relation, key, content, scope, before) }}

),

{%- else %}

repetitions as (

    select
        _delivery_id,
        _source_file,
        _row_number,
        recency,
        n_of_key,
        copy_number
    from {{ repeated }}

),

{%- endif %}

named as (

    select
        staging.*,
        coalesce(
            {{ first_rule_id(key, before) }},
            case
                when repetitions.copy_number > 1 then 'exact_duplicate'
{%- if duplicates == 'latest' %}
                when repetitions.recency > 1 then 'duplicate_key'
{%- elif duplicates == 'reject' %}
                when repetitions.n_of_key > 1 then 'duplicate_key'
{%- endif %}
{%- for rule_id, condition, reason in after %}
                when {{ condition }} then '{{ rule_id }}'
{%- endfor %}
            end
        ) as rule_id
    from {{ relation }} as staging
    left join repetitions
        on
            staging._row_number = repetitions._row_number
            and staging._delivery_id = repetitions._delivery_id
            and staging._source_file = repetitions._source_file

)

select
    named.*,
    case named.rule_id
        when 'unparsable_value' then named.parse_error
        when 'missing_key' then 'a key column is empty; expected {{ key | join(', ') | replace('"', '') }}'
        when 'exact_duplicate' then 'the same row was delivered more than once'
        when 'duplicate_key' then 'another row with the same {{ whole_key }} was delivered later'
{%- for rule_id, condition, reason in before + after %}
        when '{{ rule_id }}' then {{ reason }}
{%- endfor %}
    end as reason
from named
{%- endmacro %}
