{%- macro series_events(forecasts) -%}
select
    unique_id,
    ds,
    list_sort(list_distinct(list(event_kind))) as events
from {{ ref('fct_events') }}
where unique_id is not null and ds > (select min({{ forecasts }}.cutoff) from {{ forecasts }})
group by unique_id, ds
{%- endmacro -%}
