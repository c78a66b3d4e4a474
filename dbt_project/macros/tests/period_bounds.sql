{#- First and last period of a relation of series and periods, for bit strings as long as the time between them; none
    where those of all series would take more than a quarter of a gigabyte. -#}
{%- macro period_bounds(model) -%}
{%- set query -%}
select
    min(period_index) as first_index,
    max(period_index) as last_index
from {{ model }}
having
    (max(period_index)::hugeint - min(period_index) + 8) // 8
    * (max(series_number)::hugeint - min(series_number) + 1)
    <= 250000000
{%- endset -%}
{%- set rows = run_query(query).rows if execute else [] -%}
{{- return(rows[0] if rows else none) -}}
{%- endmacro -%}
