{%- set keys = quoted(var('keys')) %}
{%- set attributes = quoted(tidy_attributes('attributes'), prefix='attribute ') %}
{{ judged(
    ref('stg_tidy__attributes'),
    key=[],
    content=attributes,
    scope=keys
) }}
