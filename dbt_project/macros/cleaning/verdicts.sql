{#-
    The verdict columns of one judged entity; flag_rule: SQL expression naming what an accepted row was flagged or
    netted for.
-#}
{% macro verdicts(entity, judged_relation, flag_rule='null') -%}
select
    '{{ entity }}' as entity,
    rows_judged._delivery_id as delivery_id,
    rows_judged._source_file as source_file,
    rows_judged._row_number as row_number,
    rows_judged.rule_id,
    cast(case when rows_judged.rule_id is null then {{ flag_rule }} end as varchar) as flag_rule_id,
    rows_judged.reason
from {{ judged_relation }} as rows_judged
{%- endmacro %}
