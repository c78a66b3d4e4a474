{#- A text of the specification with up to three placeholders such as {w1} replaced by what the map `words` has for
    them. -#}
{%- macro feature_words(text, table_name) -%}
{%- set filled = namespace(text=text) -%}
{%- for number in range(1, 4) -%}
{%- set name = table_name ~ '.placeholders[' ~ number ~ ']' -%}
{%- set filled.text = "replace(\n" ~ filled.text ~ ",\ncoalesce('{' || " ~ name ~ " || '}', ''),\ncoalesce("
    ~ table_name ~ ".words[" ~ name ~ "], '')\n)" -%}
{%- endfor -%}
{{- filled.text -}}
{%- endmacro -%}
