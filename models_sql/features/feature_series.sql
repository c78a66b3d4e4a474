with

series as (

    select *
    from {{ ref('dim_series') }}
    where level = 'bottom'

),

coded as (

    select
        series.series_number,
        series.unique_id,
        {%- for slot in var('key_slots') %}
        cast(
            case
                when series.{{ adapter.quote(slot) }} is not null
                    then dense_rank() over (order by series.{{ adapter.quote(slot) }})
            end as integer
        ) as key_{{ loop.index }}_code,
        {%- endfor %}
        {%- for slot in var('attribute_slots') %}
        {%- if (var('attribute_kinds') | list)[loop.index0] == 'numeric' %}
        try_cast(series.{{ adapter.quote(slot) }} as float) as attribute_{{ loop.index }}_value,
        {%- else %}
        cast(
            case
                when series.{{ adapter.quote(slot) }} is not null
                    then dense_rank() over (order by series.{{ adapter.quote(slot) }})
            end as float
        ) as attribute_{{ loop.index }}_value,
        {%- endif %}
        {%- endfor %}
        {{ period_index('series.first_ds') }} as first_index,
        {{ period_index('series.last_ds') }} as last_index
    from series

)

select
    series_number,
    unique_id,
    {%- for slot in var('key_slots') %}
    key_{{ loop.index }}_code,
    {%- endfor %}
    {%- for slot in var('attribute_slots') %}
    attribute_{{ loop.index }}_value,
    {%- endfor %}
    first_index,
    last_index
from coded
