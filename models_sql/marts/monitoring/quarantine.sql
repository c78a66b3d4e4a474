with

refused as (

    select
        entity,
        delivery_id,
        rule_id
    from {{ ref('cleaning_log') }}
    where action = 'quarantine'

),

-- Where the log counts no refused row, no delivery is read and judged once more. A condition on the action beside it
-- would have DuckDB join the rules first, and read everything.
verdicts as (

    select row_verdicts.*
    from {{ canonical('row_verdicts') }} as row_verdicts
    inner join refused
        on
            row_verdicts.entity = refused.entity
            and row_verdicts.delivery_id = refused.delivery_id
            and row_verdicts.rule_id = refused.rule_id

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
