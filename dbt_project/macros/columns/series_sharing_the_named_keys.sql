{#-
    Which series each key tuple applies to; an empty key applies to every value of it.
    One branch per pattern of empty keys, so that every branch is an equality join: a join with "or" compared all
    pairs and did not end at 30,490 series.
-#}
{% macro series_sharing_the_named_keys(key_tuples, series) -%}
{%- set n_keys = var('keys') | length -%}
{%- for pattern in range(2 ** n_keys) %}
select
    series.unique_id,
    series.series_number,
    named.key_1,
    named.key_2,
    named.key_3,
    named.key_4
from {{ key_tuples }} as named
inner join {{ series }} as series
    on
{%- for slot in range(n_keys) %}
{{ 'and ' if not loop.first }}
{%- if (pattern // 2 ** slot) % 2 -%}
        named.key_{{ slot + 1 }} is null
{%- else -%}
named.key_{{ slot + 1 }} = series.key_{{ slot + 1 }}
{%- endif %}
{%- endfor %}
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endmacro %}
