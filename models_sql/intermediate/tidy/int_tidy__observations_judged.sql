{%- set rules = tidy_observation_rules() -%}
{{ judged(
    ref('stg_tidy__observations'),
    key=rules.key,
    content=rules.content,
    before=rules.before,
    duplicates=var('tidy').get('duplicates', 'latest'),
    repeated=ref('int_tidy__observations_repeated')
) }}
