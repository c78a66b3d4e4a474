{#- Periods that are alike by the calendar and the plan: place in the season and joint state of the binary drivers, as one number. -#}
{%- macro feature_cell(period_index, driver_state) -%}
    cast(
        ({{ period_index }}) % {{ feature_cell_season() }} + {{ feature_cell_season() }} * coalesce({{ driver_state }}, 0)
        as integer
    )
{%- endmacro -%}
