{#- Columns of `features` that are null for every row of the product: slots, windows, lags and seasons that it does
    not have. They are neither stored nor read. -#}
{%- macro feature_unused_columns() -%}
{%- set unused = [] -%}
{%- set groups = feature_groups() -%}
{%- set ahead = feature_drivers() -%}
{%- set binary = feature_drivers('binary') -%}
{%- set lags = feature_lags() -%}
{%- set windows = feature_used_windows() -%}
{%- for slot in var('key_slots') if slot not in var('keys') -%}
{%- do unused.append('key_' ~ (slot | replace('key_', ''))) -%}
{%- endfor -%}
{%- for slot in var('key_slots') -%}
{%- if 'key_' ~ loop.index ~ '_code' not in groups -%}
{%- do unused.append('group_mean_key_' ~ (slot | replace('key_', ''))) -%}
{%- endif -%}
{%- endfor -%}
{%- for slot in var('attribute_slots') -%}
{%- if slot == 'attribute_' ~ loop.index -%}
{%- do unused.append(slot) -%}
{%- endif -%}
{%- if 'attribute_' ~ loop.index ~ '_value' not in groups -%}
{%- do unused.append('group_mean_attribute_' ~ (slot | replace('attribute_', ''))) -%}
{%- endif -%}
{%- endfor -%}
{%- for slot in var('driver_slots') -%}
{%- set name = 'driver_' ~ (slot | replace('driver_', '')) -%}
{%- if slot not in ahead -%}
{%- do unused.append(name) -%}
{%- endif -%}
{%- for measure in ['previous', 'next', 'run', 'remaining'] if slot not in binary -%}
{%- do unused.append(name ~ '_' ~ measure) -%}
{%- endfor -%}
{%- endfor -%}
{%- for lag in feature_lags(all_lags=true) if lag not in lags -%}
{%- do unused.append('lag_' ~ lag) -%}
{%- endfor -%}
{%- for window in feature_windows()[:9] if window not in windows -%}
{%- do unused.append('rolling_mean_' ~ window) -%}
{%- do unused.append('rolling_std_' ~ window) -%}
{%- endfor -%}
{%- if not feature_second_season() -%}
{%- do unused.extend(['second_season_aligned_1', 'second_season_aligned_mean_4']) -%}
{%- endif -%}
{%- if var('ds_type') == 'date' -%}
{%- do unused.extend(['hour_of_day', 'half_hour_of_day']) -%}
{%- endif -%}
{{- return(unused) -}}
{%- endmacro -%}
