{%- set placeholders = {} -%}
{%- for window in feature_windows()[:9] -%}
    {%- do placeholders.update({'w' ~ loop.index: window}) -%}
{%- endfor -%}
{%- for slot in var('key_slots') -%}
    {%- do placeholders.update({'key_' ~ loop.index: slot | replace('key_', '')}) -%}
{%- endfor -%}
{%- for slot in var('attribute_slots') -%}
    {%- do placeholders.update({'attribute_' ~ loop.index: slot | replace('attribute_', '')}) -%}
{%- endfor -%}
{%- for slot in var('driver_slots') -%}
    {%- do placeholders.update({'driver_' ~ loop.index: slot | replace('driver_', '')}) -%}
{%- endfor -%}
{%- set categorical = [] -%}
{%- for slot in var('driver_slots') -%}
    {%- if (var('driver_kinds') | list)[loop.index0] == 'categorical' -%}
        {%- do categorical.append('driver_' ~ (slot | replace('driver_', ''))) -%}
    {%- endif -%}
{%- endfor -%}
{%- for slot in var('attribute_slots') -%}
    {%- if (var('attribute_kinds') | list)[loop.index0] == 'categorical' -%}
        {%- do categorical.append('attribute_' ~ (slot | replace('attribute_', ''))) -%}
    {%- endif -%}
{%- endfor -%}
with

specification as (

    select
        feature,
        kind,
        data_type,
        formula,
        source,
        availability,
        owner,
        categorical,
        version
    from {{ ref('feature_specification') }}

),

-- The product's own words and numbers in place of the placeholders.
named as (

    select
        {% for _ in placeholders %}replace({% endfor %}specification.feature
        {%- for placeholder, value in placeholders.items() %}, '{{ '{' ~ placeholder ~ '}' }}', '{{ value }}')
        {%- endfor %} as feature,
        {% for _ in placeholders %}replace({% endfor %}specification.formula
        {%- for placeholder, value in placeholders.items() %}, '{{ '{' ~ placeholder ~ '}' }}', '{{ value }}')
        {%- endfor %} as formula,
        specification.feature as template,
        specification.kind,
        specification.data_type,
        specification.source,
        specification.availability,
        specification.owner,
        specification.categorical,
        specification.version
    from specification

)

select
    named.feature,
    named.kind,
    named.data_type,
    named.formula,
    named.source,
    named.availability,
    named.owner,
    named.categorical = 'yes'
    or (
        named.categorical = 'see product'
        and named.feature in ('{{ categorical | join("', '") }}')
    ) as is_categorical,
    named.feature not in ('{{ feature_unused_columns() | join("', '") }}') as is_used,
    named.version,
    named.template
from named
