-- Every row in force of every entity has exactly one verdict: received = accepted + dropped + quarantined.

with

received as (

    {%- for entity in source_entities(var('source_system')) %}
    select
        '{{ entity }}' as entity,
        raw_rows._delivery_id as delivery_id,
        count(*) as n_rows
    from ({{ raw_rows(var('source_system'), entity) }}) as raw_rows
    group by raw_rows._delivery_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

accounted_for as (

    select
        entity,
        delivery_id,
        sum(n_rows) as n_rows
    from {{ ref('cleaning_log') }}
    group by entity, delivery_id

)

select
    received.n_rows as n_received,
    accounted_for.n_rows as n_accounted_for,
    coalesce(received.entity, accounted_for.entity) as entity,
    coalesce(received.delivery_id, accounted_for.delivery_id) as delivery_id
from received
full outer join accounted_for
    on
        received.entity = accounted_for.entity
        and received.delivery_id = accounted_for.delivery_id
where received.n_rows is distinct from accounted_for.n_rows
