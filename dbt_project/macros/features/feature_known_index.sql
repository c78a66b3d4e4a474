{#- The first cutoff at whose end a row was known: the period in which `known_at` falls, the one before it when it
    falls on its start. A row without known_at, such as a price list, was known from the start. -#}
{%- macro feature_known_index(known_at) -%}
    case
        when {{ known_at }} is null then -2147483648
        else {{ period_index(known_at) }}
        - cast({{ known_at }} = {{ period_start(period_index(known_at)) }} as integer)
    end
{%- endmacro -%}
