{#- The longest stretch of periods of which every window, every year and every distance between cutoffs is a multiple.
    Sums over such blocks serve all windows: a seventh of the rows for a daily product. -#}
{%- macro feature_block_length() -%}
{%- set lengths = (feature_windows()[:6] | map('int') | list) + [
    feature_year_offset() | int,
    8 * (var('season_length') | int),
    var('origin_step') | int,
    var('step_size') | int,
    var('horizon') | int
] -%}
{%- set block = namespace(length=lengths[0]) -%}
{%- for length in lengths -%}
{%- set rest = namespace(value=length) -%}
{%- for _ in range(64) -%}
{%- if rest.value > 0 -%}
{%- set divisor = rest.value -%}
{%- set rest.value = block.length % divisor -%}
{%- set block.length = divisor -%}
{%- endif -%}
{%- endfor -%}
{%- endfor -%}
{{- return(block.length) -}}
{%- endmacro -%}
