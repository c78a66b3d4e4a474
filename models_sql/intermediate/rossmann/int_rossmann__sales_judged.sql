{%- set rules = rossmann_sales_rules(ref('int_rossmann__stores_judged')) -%}
{{ judged(
    ref('stg_rossmann__sales'),
    key=rules.key,
    content=rules.content,
    before=rules.before,
    repeated=ref('int_rossmann__sales_repeated')
) }}
