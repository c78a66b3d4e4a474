{{ config(materialized='view') }}
{%- set ahead = feature_drivers() %}

-- The last column of the list stands outside the loop, so that no comma hangs.
select
    series_number,
    cast(ds as {{ var('ds_type') }}) as ds,
    {%- for slot in var('driver_slots') %}
    cast({{ adapter.quote(slot) if slot in ahead else 'null' }} as float) as {{ adapter.quote(slot) }},
    {%- endfor %}
    {{ feature_known_index('known_at') }} as known_index
from {{ ref('fct_drivers') }}
