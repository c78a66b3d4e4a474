{#- A text as a SQL literal; an apostrophe in it is doubled. -#}
{% macro text_literal(text) -%}
'{{ text | replace("'", "''") }}'
{%- endmacro %}
