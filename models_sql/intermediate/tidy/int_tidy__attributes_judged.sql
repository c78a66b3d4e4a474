{%- set keys = [] %}
{%- for key in var('keys') %}{% do keys.append(adapter.quote(key)) %}{% endfor %}
{%- set attributes = [] %}
{%- for name in tidy_attributes('attributes') %}{% do attributes.append(adapter.quote('attribute ' ~ name)) %}{% endfor %}
{{ judged(
    ref('stg_tidy__attributes'),
    key=[],
    content=attributes,
    scope=keys
) }}
