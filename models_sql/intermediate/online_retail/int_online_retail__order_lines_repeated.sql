{{ config(materialized='table') }}
{%- set rules = online_retail_line_rules() %}
-- A table: looked at by the matching of credit notes and by every reading of the judged lines.

{{ repeated_rows(ref('stg_online_retail__order_lines'), rules.key, rules.content, before=rules.before) }}
