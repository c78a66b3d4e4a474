{#- What a period is, so that each series is in several values of it: the column of the scores that tells it, and the
    text of a segment of it. -#}
{%- macro metric_slices() -%}
{%- set slices = {
    'day_of_week': {'column': 'day_of_week', 'value': 'cast(day_of_week as varchar)'},
    'stockout': {'column': 'is_stockout', 'value': "case when is_stockout then 'empty shelf' else 'available' end"},
    'month_end': {'column': 'is_close_period', 'value': "case when is_close_period then 'close' else 'other days' end"},
    'event': {'column': 'event_name', 'value': 'event_name'}
} -%}
{%- if var('ds_type') == 'timestamp' -%}
{%- do slices.update({'hour_of_day': {'column': 'hour_of_day', 'value': 'cast(hour_of_day as varchar)'}}) -%}
{%- endif -%}
{{- return(slices) -}}
{%- endmacro -%}
