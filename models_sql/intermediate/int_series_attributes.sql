-- The attributes of every series that hold at the live cutoff: a move that was told later does not reach back.

with

history as (

    select * from {{ ref('dim_series_history') }}

),

cutoff as (

    select
        cutoff_index,
        {{ period_start('cutoff_index + 1') }} as known_until
    from (
        select {{ live_cutoff_index(ref('int_observations_conformed')) }} as cutoff_index
    ) as live_cutoff

)

select
    history.unique_id,
    history.series_number,
    history.version,
    {%- for slot in var('attribute_slots') %}
    history.{{ adapter.quote(slot) }},
    {%- endfor %}
    history.ends_at is not null and history.ends_at <= cutoff.known_until as has_ended
from history
inner join cutoff
    on
        coalesce(history.valid_from_period <= cutoff.cutoff_index, true)
        and coalesce(history.valid_to_period > cutoff.cutoff_index, true)
