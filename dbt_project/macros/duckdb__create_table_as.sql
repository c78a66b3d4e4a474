{#-
    Creates a table; one whose statement holds `feature_batch` or `period_batch` is filled batch by batch, as windows,
    joins and sums of one batch fit into the cache and the memory of a small machine. With `feature_batch`
    (`feature_batches`) the rows of a series lie together.
    dbt finds this macro before the adapter's own, which creates every other table.
-#}
{%- macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
{%- set series_bounds = 'between ' ~ every_series() -%}
{%- set period_bounds = 'between ' ~ every_period() -%}
{%- set in_batches = series_bounds in compiled_code or period_bounds in compiled_code -%}
{#- A unit test makes a temporary table of its few rows, and its tables have no batches. -#}
{%- if in_batches and language == 'sql' and not temporary -%}
{%- if series_bounds in compiled_code -%}
{%- set bounds = series_bounds -%}
{%- set query = 'select first_number, last_number from ' ~ ref('feature_batches') ~ ' order by first_number' -%}
{%- else -%}
{%- set bounds = period_bounds -%}
{%- set query = period_batches() -%}
{%- endif -%}
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
