{%- macro exact_sum(amount) -%}
cast(sum(cast({{ amount }} as decimal(38, 12))) as double)
{%- endmacro -%}
