{#- Adds what cleaning_rules says is done with a row: 'drop', 'quarantine' or NULL (accepted). -#}
{% macro verdicts_with_action(judged_rows) -%}
select
    judged_rows.entity,
    judged_rows.delivery_id,
    judged_rows.source_file,
    judged_rows.row_number,
    judged_rows.rule_id,
    cleaning_rules.action,
    judged_rows.flag_rule_id,
    judged_rows.reason
from {{ judged_rows }} as judged_rows
left join {{ ref('cleaning_rules') }} as cleaning_rules
    on
        judged_rows.rule_id = cleaning_rules.rule_id
        and judged_rows.entity = cleaning_rules.entity
        and cleaning_rules.source_system = '{{ var('source_system') }}'
{%- endmacro %}
