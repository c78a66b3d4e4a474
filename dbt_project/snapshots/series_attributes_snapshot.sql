{% snapshot series_attributes_snapshot %}
{{ config(
    unique_key='unique_id',
    strategy='check',
    check_cols=var('attribute_slots') + ['ends_at'],
    updated_at='delivered_at'
) }}
-- Every version of the attributes of every series. The times are those of the deliveries, never of a clock; a build as
-- of an earlier delivery than the last one changes nothing.

select
    unique_id,
    {%- for slot in var('attribute_slots') %}
    {{ adapter.quote(slot) }},
    {%- endfor %}
    ends_at,
    delivered_at
from {{ ref('int_series_attributes_told') }}
{%- if snapshot_exists() %}
where delivered_at >= (select max(versions.dbt_valid_from) from {{ this }} as versions)
{%- endif %}

{% endsnapshot %}
