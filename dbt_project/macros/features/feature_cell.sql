{#- Periods that are alike by the calendar and the plan: place in the season and joint state of the binary drivers, as
    one number; null where the state is unknown. -#}
{%- macro feature_cell(period_index, driver_state) -%}
cast(({{ period_index }}) % {{ feature_cell_season() }} + {{ feature_cell_season() }} * {{ driver_state }} as integer)
{%- endmacro -%}
