{%- set n_windows = (var('n_windows') | int) + (var('n_calibration_windows', 2) | int) -%}
with

observations as (

    select
        period_index,
        y,
        is_imputed
    from {{ ref('fct_observations') }}

),

observed_range as (

    select
        min(observations.period_index) as first_index,
        max(observations.period_index) as last_index
    from observations
    where observations.y is not null and not observations.is_imputed

),

live_cutoff as (

    select
        observed_range.first_index,
        {% if var('cutoff') -%}
        {{ period_index("cast('" ~ var('cutoff') ~ "' as " ~ var('ds_type') ~ ")") }} as cutoff_index
        {%- else -%}
        observed_range.last_index as cutoff_index
        {%- endif %}
    from observed_range

),

-- A model needs something to learn from: one season, or a quarter of what there is when that is shorter.
usable_history as (

    select
        live_cutoff.cutoff_index as live_index,
        live_cutoff.first_index + least(
            {{ var('season_length') }}, (live_cutoff.cutoff_index - live_cutoff.first_index) // 4 + 1
        ) - 1 as first_usable_index
    from live_cutoff

),

-- The windows before the scored ones measure how far forecasts miss: the intervals of the first scored window need it.
window_cutoffs as (

    select
        case when steps.number_of_steps < {{ var('n_windows') }} then 'backtest' else 'calibration' end as role,
        usable_history.live_index
        - {{ var('horizon') }}
        - {{ var('step_size') }} * steps.number_of_steps as cutoff_index
    from usable_history
    cross join range({{ n_windows }}) as steps (number_of_steps)

),

-- The oldest backtest learns from as many origins as the live cutoff does.
training_origins as (

    select usable_history.live_index - {{ var('origin_step') }} * steps.number_of_steps as cutoff_index
    from usable_history
    cross join range(
        1,
        1 + {{ var('n_origins') }}
        + ({{ var('horizon') }} + {{ var('step_size') }} * {{ n_windows - 1 }}) // {{ var('origin_step') }}
    ) as steps (number_of_steps)

),

one_row_per_cutoff as (

    select
        every_role.cutoff_index,
        arg_min(every_role.role, every_role.precedence) as role
    from (
        select
            live_index as cutoff_index,
            'live' as role,
            1 as precedence
        from usable_history
        union all
        select
            cutoff_index,
            role,
            2 as precedence
        from window_cutoffs
        union all
        select
            cutoff_index,
            'training' as role,
            3 as precedence
        from training_origins
    ) as every_role
    group by every_role.cutoff_index

),

numbered as (

    select
        cast({{ period_from_index('one_row_per_cutoff.cutoff_index') }} as {{ var('ds_type') }}) as cutoff,
        cast(one_row_per_cutoff.cutoff_index as integer) as cutoff_index,
        one_row_per_cutoff.role,
        cast(
            case
                when one_row_per_cutoff.role = 'backtest'
                    then row_number() over (
                        partition by one_row_per_cutoff.role
                        order by one_row_per_cutoff.cutoff_index
                    )
            end as integer
        ) as window_number
    from one_row_per_cutoff
    cross join usable_history
    where
        one_row_per_cutoff.role = 'live'
        or one_row_per_cutoff.cutoff_index >= usable_history.first_usable_index

)

select
    cutoff,
    cutoff_index,
    role,
    window_number
from numbered
