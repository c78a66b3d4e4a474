import pytest

from forecasting.errors import UnknownForecasterError
from forecasting.forecasters import FORECASTERS, Classical, SeasonalNaive, SktimeForecaster, forecaster_named
from forecasting.forecasters.specification import build_from_specification


def test_arguments_are_literals_and_the_season_of_the_product():
    built = build_from_specification('NaiveForecaster(strategy="drift", sp=season_length)', season_length=12)
    assert (built.strategy, built.sp) == ("drift", 12)


def test_a_bare_name_is_the_forecaster_with_its_defaults():
    assert build_from_specification("NaiveForecaster", 7).sp == 1


def test_forecasters_nest_in_lists_and_arguments():
    built = build_from_specification(
        'EnsembleForecaster([("a", NaiveForecaster()), ("b", PolynomialTrendForecaster(degree=2))], aggfunc="median")',
        7,
    )
    assert [name for name, _ in built.forecasters] == ["a", "b"]


def test_a_star_makes_a_pipeline():
    built = build_from_specification("Deseasonalizer(sp=season_length) * ThetaForecaster(deseasonalize=False)", 7)
    assert type(built).__name__ == "TransformedTargetForecaster"


def test_negative_numbers_none_and_dictionaries_are_literals():
    built = build_from_specification('NaiveForecaster(window_length=None, sp=1, strategy="mean")', 7)
    assert built.window_length is None


@pytest.mark.parametrize(
    "specification",
    [
        '__import__("os").system("true")',
        "NaiveForecaster(sp=__import__('os').getpid())",
        "NaiveForecaster(sp=(lambda: 7)())",
        "NaiveForecaster(**{'sp': 7})",
        "NaiveForecaster(sp=[x for x in range(3)])",
        "NaiveForecaster().fit",
        "NaiveForecaster(sp=9**9**9)",
        "NaiveForecaster(sp=7); NaiveForecaster()",
        "NaiveForecaster(sp=",
    ],
)
def test_anything_but_calls_and_literals_is_refused(specification):
    with pytest.raises(UnknownForecasterError, match="expected a specification such as"):
        build_from_specification(specification, 7)


def test_an_unknown_class_is_answered_with_the_nearest():
    with pytest.raises(UnknownForecasterError, match=r"found 'NaiveForcaster'.*'NaiveForecaster'"):
        build_from_specification("NaiveForcaster(sp=7)", 7)


def test_arguments_that_the_class_refuses_are_refused_with_its_words():
    with pytest.raises(UnknownForecasterError, match=r"NaiveForecaster refuses .*unexpected keyword argument 'season'"):
        build_from_specification("NaiveForecaster(season=7)", 7)


def test_what_is_not_a_forecaster_is_refused():
    with pytest.raises(UnknownForecasterError, match="a Deseasonalizer, which is not a forecaster"):
        build_from_specification("Deseasonalizer(sp=7)", 7)


class TestNames:
    @pytest.mark.parametrize("name", FORECASTERS)
    def test_every_panel_forecaster_has_one(self, name):
        assert type(forecaster_named(name)) is type(FORECASTERS[name]())

    def test_seasonal_naive_knows_the_shorter_seasons_of_the_product(self):
        forecaster = forecaster_named("seasonal_naive", season_lengths=(364, 7))
        assert isinstance(forecaster, SeasonalNaive)
        assert forecaster.shorter_seasons == (364, 7)

    def test_a_classical_model_gets_all_seasons_and_limits(self):
        expected = Classical(1, 5.0, name="mfles", season_lengths=(24, 168))
        assert forecaster_named("mfles", season_lengths=(24, 168), n_jobs=1, timeout_seconds=5.0) == expected

    def test_a_specification_is_checked_before_anything_runs(self):
        assert forecaster_named("NaiveForecaster(sp=7)") == SktimeForecaster(specification="NaiveForecaster(sp=7)")
        with pytest.raises(UnknownForecasterError, match="refuses"):
            forecaster_named("NaiveForecaster(season=7)")

    def test_an_unknown_name_is_answered_with_the_nearest(self):
        with pytest.raises(UnknownForecasterError, match=r"found 'seasonal_niave', nearest \['seasonal_naive'"):
            forecaster_named("seasonal_niave")

    def test_an_unknown_classical_model_lists_the_known_ones(self):
        with pytest.raises(UnknownForecasterError, match=r"auto_arima.*found 'prophet'"):
            Classical(name="prophet")
