with

specification as (

    select
        feature,
        kind,
        data_type,
        formula,
        source,
        availability,
        owner,
        categorical,
        version
    from {{ ref('feature_specification') }}

),

product_words as (

    select
        map(
            [
                {%- for placeholder in feature_placeholders() %}
                '{{ placeholder }}'{{ ',' if not loop.last }}
                {%- endfor %}
            ],
            [
                {%- for word in feature_placeholders().values() %}
                '{{ word }}'{{ ',' if not loop.last }}
                {%- endfor %}
            ]
        ) as words

),

with_placeholders as (

    select
        specification.*,
        product_words.words,
        list_sort(list_distinct(
            regexp_extract_all(specification.feature || specification.formula, '\{([a-z0-9_]+)\}', 1)
        )) as placeholders
    from specification
    cross join product_words

),

-- The product's own words and numbers in place of the placeholders.
named as (

    select
        with_placeholders.feature as feature_template,
        with_placeholders.kind,
        with_placeholders.data_type,
        with_placeholders.source,
        with_placeholders.availability,
        with_placeholders.owner,
        with_placeholders.categorical,
        with_placeholders.version,
        {{ feature_words('with_placeholders.feature', 'with_placeholders') }} as feature,
        {{ feature_words('with_placeholders.formula', 'with_placeholders') }} as formula
    from with_placeholders

)

select
    named.feature,
    named.kind,
    named.data_type,
    named.formula,
    named.source,
    named.availability,
    named.owner,
    named.categorical = 'yes'
    or (
        named.categorical = 'see product'
        and named.feature in (
            {%- for column in feature_categorical_columns() %}
            '{{ column }}',
            {%- endfor %}
            ''
        )
    ) as is_categorical,
    named.feature not in (
        {%- for column in feature_unused_columns() %}
        '{{ column }}',
        {%- endfor %}
        ''
    ) as is_used,
    named.version,
    named.feature_template
from named
