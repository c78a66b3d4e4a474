{#- True for the series of the batch that is being built (`duckdb__create_table_as`), and for all of them when the
    statement runs by itself. -#}
{%- macro feature_batch(series_number) -%}
{%- do ref('feature_batches') -%}
{{ series_number }} between {{ every_series() }}
{%- endmacro -%}
