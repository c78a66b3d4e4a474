{#- True for the periods of the batch that is being built (`duckdb__create_table_as`), and for all of them when the
    statement runs by itself. -#}
{%- macro period_batch(period_index) -%}
{%- do ref('fct_observations') -%}
{{ period_index }} between {{ every_period() }}
{%- endmacro -%}
