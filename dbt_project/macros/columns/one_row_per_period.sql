{#-
    Rows of one's own data as observations: one per key and period of the product's freq.
    Daily rows of a daily product are that already, and at 59 M rows adding them up again would cost half a minute;
    otherwise readings within a period are averaged and amounts are added up.
-#}
{% macro one_row_per_period(rows) -%}
select
    key_1,
    key_2,
    key_3,
    key_4,
    {{ period_from_index('period_index') }} as ds,
{%- if var('freq') == 'D' and var('tidy').get('duplicates', 'latest') != 'sum' %}
    target as y,
    false as is_stockout,
    false as is_outlier,
    known_at,
    cast(null as integer) as n_readings
from {{ rows }}
{%- else %}
{{ 'avg' if var('target_kind') == 'continuous' else 'sum' }}(target) as y,
    false as is_stockout,
    false as is_outlier,
    max(known_at) as known_at,
    cast({{ 'count(target)' if var('target_kind') == 'continuous' else 'null' }} as integer) as n_readings
from {{ rows }}
group by key_1, key_2, key_3, key_4, period_index
{%- endif %}
{%- endmacro %}
