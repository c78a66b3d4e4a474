{#-
    Every row of a staging model with the first cleaning rule it fails (rule_id, reason; NULL = accepted).

    relation: staging model; it has the delivery columns (_delivery_id, _as_of, _source_file, _row_number) and parse_error
    key: columns of the business key, none may be empty; scope: further key columns, empty means for all; content: the other columns that make two rows equal
    before, after: lists of [rule_id, SQL condition, SQL reason] judged before and after duplicates
    duplicates: 'latest' (the later delivery and row wins) | 'sum' (repeated keys add up) | 'reject' (all are refused)

    Duplicates are looked for by a hash of the key and ranked only where it repeats: a window over all rows
    of 59 M took minutes, the hash aggregate seconds.
-#}
{% macro judged(relation, key, content, scope=[], before=[], after=[], duplicates='latest') -%}
{%- set whole_key = scope + key -%}
with

staged as (

    select
        staging.*,
        hash({{ whole_key | join(', ') }}) as key_hash,
        case
            when staging.parse_error is not null then 'unparsable_value'
            {%- for column in key %}
            when staging.{{ column }} is null then 'missing_key'
            {%- endfor %}
            {%- for rule_id, condition, reason in before %}
            when {{ condition }} then '{{ rule_id }}'
            {%- endfor %}
        end as first_rule_id
    from {{ relation }} as staging

),

repeated_keys as (

    select staged.key_hash
    from staged
    where staged.first_rule_id is null
    group by staged.key_hash
    having count(*) > 1

),

repetitions as (

    select
        staged._delivery_id,
        staged._source_file,
        staged._row_number,
        row_number() over (
            partition by {{ whole_key | join(', ') }}
            order by staged._as_of desc, staged._delivery_id desc, staged._source_file desc, staged._row_number desc
        ) as recency,
        count(*) over (partition by {{ whole_key | join(', ') }}) as n_of_key,
        row_number() over (
            partition by {{ (whole_key + content) | join(', ') }}
            order by staged._as_of desc, staged._delivery_id desc, staged._source_file desc, staged._row_number desc
        ) as copy_number
    from staged
    inner join repeated_keys on staged.key_hash = repeated_keys.key_hash
    where staged.first_rule_id is null

),

ranked as (

    select
        staged.*,
        repetitions.recency,
        repetitions.n_of_key,
        repetitions.copy_number
    from staged
    left join repetitions
        on
            staged._row_number = repetitions._row_number
            and staged._delivery_id = repetitions._delivery_id
            and staged._source_file = repetitions._source_file

),

named as (

    select
        ranked.*,
        case
            when ranked.first_rule_id is not null then ranked.first_rule_id
            when ranked.copy_number > 1 then 'exact_duplicate'
            {%- if duplicates == 'latest' %}
            when ranked.recency > 1 then 'duplicate_key'
            {%- elif duplicates == 'reject' %}
            when ranked.n_of_key > 1 then 'duplicate_key'
            {%- endif %}
            {%- for rule_id, condition, reason in after %}
            when {{ condition }} then '{{ rule_id }}'
            {%- endfor %}
        end as rule_id
    from ranked

)

select
    named.* exclude (first_rule_id, key_hash, recency, n_of_key, copy_number),
    case named.rule_id
        when 'unparsable_value' then named.parse_error
        when 'missing_key' then 'a key column is empty; expected {{ key | join(', ') | replace('"', '') }}'
        when 'exact_duplicate' then 'the same row was delivered more than once'
        when 'duplicate_key' then 'another row with the same {{ whole_key | join(', ') | replace('"', '') }} was delivered later'
        {%- for rule_id, condition, reason in before + after %}
        when '{{ rule_id }}' then {{ reason }}
        {%- endfor %}
    end as reason
from named
{%- endmacro %}
