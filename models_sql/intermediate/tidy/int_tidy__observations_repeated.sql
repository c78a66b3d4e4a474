{{ config(materialized='table') }}
{%- set rules = tidy_observation_rules() %}
-- A table: empty or small, and looked at by every reading of the judged rows.

{{ repeated_rows(ref('stg_tidy__observations'), rules.key, rules.content, before=rules.before) }}
