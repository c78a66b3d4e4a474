with

verdicts as (

    select * from {{ canonical('row_verdicts') }}

),

rules as (

    select * from {{ ref('cleaning_rules') }}
    where source_system = '{{ var('source_system') }}'

),

rows_per_rule as (

    select
        entity,
        delivery_id,
        coalesce(rule_id, flag_rule_id, 'accepted') as rule_id,
        count(*) as n_rows
    from verdicts
    group by entity, delivery_id, coalesce(rule_id, flag_rule_id, 'accepted')

)

select
    '{{ var('product') }}' as product,
    rows_per_rule.entity,
    rows_per_rule.delivery_id,
    rows_per_rule.rule_id,
    coalesce(rules.action, 'accept') as action,
    coalesce(rules.action, 'accept') not in ('drop', 'quarantine') as is_accepted,
    rules.severity,
    rules.owner,
    rules.rationale,
    cast(rows_per_rule.n_rows as bigint) as n_rows
from rows_per_rule
left join rules
    on
        rows_per_rule.rule_id = rules.rule_id
        and rows_per_rule.entity = rules.entity
