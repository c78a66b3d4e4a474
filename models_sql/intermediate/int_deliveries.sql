-- Up to which period the deliveries had told by each of them; empty until there is a second delivery.

with

deliveries as (

    select
        delivered_at,
        max({{ period_index('ds') }}) filter (where change <> 'removed') as last_told
    from {{ ref('int_observation_changes') }}
    where delivered_at <= timestamp '{{ var('as_of') }}'
    group by delivered_at

)

select
    delivered_at,
    max(last_told) over (order by delivered_at) as covered_until
from deliveries
