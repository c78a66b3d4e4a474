{#-
    The rows whose business key occurs more than once among the rows that pass the first rules, ranked.

    recency: 1 for the row that wins, the later delivery and row; n_of_key: how often the key occurs;
    copy_number: above 1 for a row that an equal, later one repeats.

    Keys that repeat are found by a hash aggregate and only they are ranked: a window over every row of a fact with
    59 M rows took minutes, and a CTE that keeps all rows would fill the memory, hence "not materialized".
    The parameters are those of judged().
-#}
{% macro repeated_rows(relation, key, content, scope=[], before=[]) -%}
{%- set whole_key = (scope + key) | join(', ') -%}
with

staged as not materialized (

    select
        staging._delivery_id,
        staging._as_of,
        staging._source_file,
        staging._row_number,
        hash({{ whole_key }}) as key_hash,
        {{ (scope + key + content) | join(',\n        ') }}
    from {{ relation }} as staging
    where {{ first_rule_id(key, before) }} is null

),

repeated_keys as (

    select staged.key_hash
    from staged
    group by staged.key_hash
    having count(*) > 1

)

select
    staged._delivery_id,
    staged._source_file,
    staged._row_number,
    row_number() over (
        partition by {{ whole_key }}
        order by staged._as_of desc, staged._delivery_id desc, staged._source_file desc, staged._row_number desc
    ) as recency,
    count(*) over (partition by {{ whole_key }}) as n_of_key,
    row_number() over (
        partition by {{ (scope + key + content) | join(', ') }}
        order by staged._as_of desc, staged._delivery_id desc, staged._source_file desc, staged._row_number desc
    ) as copy_number
from staged
inner join repeated_keys on staged.key_hash = repeated_keys.key_hash
{%- endmacro %}
