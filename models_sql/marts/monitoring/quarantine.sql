with

verdicts as (

    select * from {{ canonical('row_verdicts') }}
    where action = 'quarantine'

),

{%- for entity in source_entities(var('source_system')) %}

raw_{{ entity }} as (

    select
        raw_rows._delivery_id,
        raw_rows._source_file,
        raw_rows._row_number,
        cast(to_json(raw_rows) as varchar) as raw_values
    from {{ source(var('source_system'), entity) }} as raw_rows

),
{%- endfor %}

quarantined_rows as (

    {%- for entity in source_entities(var('source_system')) %}
    select
        verdicts.entity,
        verdicts.delivery_id,
        verdicts.source_file,
        verdicts.row_number,
        verdicts.rule_id,
        verdicts.reason,
        raw_{{ entity }}.raw_values
    from verdicts
    inner join raw_{{ entity }}
        on
            verdicts.row_number = raw_{{ entity }}._row_number
            and verdicts.delivery_id = raw_{{ entity }}._delivery_id
            and verdicts.source_file = raw_{{ entity }}._source_file
    where verdicts.entity = '{{ entity }}'
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    '{{ var('product') }}' as product,
    entity,
    delivery_id,
    source_file,
    row_number,
    rule_id,
    reason,
    raw_values
from quarantined_rows
