{#-
    Creates a table; one whose statement holds `feature_batch` is filled batch by batch (`feature_batches`). Windows and
    joins of one batch fit into the cache and the memory of a small machine, and the rows of a series lie together.
    dbt finds this macro before the adapter's own, which creates every other table.
-#}
{%- macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
{%- set bounds = 'between ' ~ every_series() -%}
{%- if language == 'sql' and bounds in compiled_code -%}
{%- set query = 'select first_number, last_number from ' ~ ref('feature_batches') ~ ' order by first_number' -%}
create table {{ relation }} as
from ({{ compiled_code }})
limit 0;
{%- for batch in run_query(query).rows %}
insert into {{ relation }}
{{ compiled_code | replace(bounds, 'between ' ~ batch[0] ~ ' and ' ~ batch[1]) }};
{%- endfor %}
{%- else -%}
{{- dbt.duckdb__create_table_as(temporary, relation, compiled_code, language, partitioned_by, sorted_by) -}}
{%- endif -%}
{%- endmacro -%}
