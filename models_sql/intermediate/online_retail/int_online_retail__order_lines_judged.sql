{%- set rules = online_retail_line_rules() -%}
{{ judged(
    ref('int_online_retail__order_lines_matched'),
    key=rules.key,
    content=rules.content,
    before=rules.before,
    after=rules.after,
    duplicates='sum',
    repeated=ref('int_online_retail__order_lines_repeated')
) }}
