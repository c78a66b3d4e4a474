"""From a specification string to an sktime object, without running any code that the string brings along.

    NaiveForecaster(strategy="last", sp=season_length)
    Deseasonalizer(sp=season_length) * ThetaForecaster(deseasonalize=False)

Allowed: class names of sktime (forecasters, transformers) and of scikit-learn (regressors), calls of these with
literals or one another, `*` between them (a pipeline), and the name `season_length`. Nothing else is a specification.
sktime's own `craft` would also evaluate `9**9**9`, which never ends.
"""

import ast
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from typing import Any

from sktime.forecasting.base import BaseForecaster

from forecasting.errors import UnknownForecasterError

# Looking a class up in sktime's registry imports all of sktime, about seven seconds; these are found without.
_WELL_KNOWN: Mapping[str, str] = {
    "AutoETS": "sktime.forecasting.ets",
    "Croston": "sktime.forecasting.croston",
    "Deseasonalizer": "sktime.transformations.detrend",
    "Detrender": "sktime.transformations.detrend",
    "ExponentialSmoothing": "sktime.forecasting.exp_smoothing",
    "NaiveForecaster": "sktime.forecasting.naive",
    "PolynomialTrendForecaster": "sktime.forecasting.trend",
    "StatsForecastAutoARIMA": "sktime.forecasting.statsforecast",
    "StatsForecastAutoCES": "sktime.forecasting.statsforecast",
    "StatsForecastAutoETS": "sktime.forecasting.statsforecast",
    "StatsForecastAutoTheta": "sktime.forecasting.statsforecast",
    "StatsForecastMSTL": "sktime.forecasting.statsforecast",
    "ThetaForecaster": "sktime.forecasting.theta",
    "TrendForecaster": "sktime.forecasting.trend",
}


def build_from_specification(specification: str, season_length: int) -> Any:
    """The unfitted sktime forecaster that a specification describes.

    Raises:
        UnknownForecasterError: not a specification, an unknown name, refused arguments, or not a forecaster.
    """
    try:
        tree = ast.parse(specification.strip(), mode="eval").body
    except SyntaxError as error:
        raise _refusal(specification, f"text that does not parse ({error.msg})") from error
    built = _build(tree, specification, season_length)
    if isinstance(built, type):
        built = _call(built, [], {}, specification)
    if not isinstance(built, BaseForecaster):
        raise _refusal(specification, f"a {type(built).__name__}, which is not a forecaster")
    return built


def is_specification(name: str) -> bool:
    """Whether a model name looks like a specification: sktime's class names begin with a capital."""
    return name[:1].isupper() or "(" in name


def _build(node: ast.expr, specification: str, season_length: int) -> Any:
    def build(inner: ast.expr) -> Any:
        return _build(inner, specification, season_length)

    match node:
        case ast.Name(id=name):
            return season_length if name == "season_length" else _class_named(name, specification)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords) if all(k.arg for k in keywords):
            by_keyword = {str(k.arg): build(k.value) for k in keywords}
            return _call(_class_named(name, specification), [build(a) for a in arguments], by_keyword, specification)
        case ast.BinOp(left=ast.Call() | ast.BinOp() as left, op=ast.Mult(), right=ast.Call() as right):
            return build(left) * build(right)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            built = [build(item) for item in items]
            return built if isinstance(node, ast.List) else tuple(built)
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise _refusal(specification, f"{ast.unparse(node)!r}") from error


def _call(cls: type, arguments: list[Any], keyword_arguments: dict[str, Any], specification: str) -> Any:
    try:
        return cls(*arguments, **keyword_arguments)
    except Exception as error:
        raise _refusal(specification, f"arguments that {cls.__name__} refuses ({error})") from error


def _class_named(name: str, specification: str) -> type:
    if name in _WELL_KNOWN:
        found: type = vars(import_module(_WELL_KNOWN[name]))[name]
        return found
    classes = _all_classes()
    if name not in classes:
        near = get_close_matches(name, classes, n=3, cutoff=0.5)
        raise UnknownForecasterError(
            f"expected the name of an sktime forecaster in {specification!r}, found {name!r}; the nearest known "
            f"names are {near}. Names are case-sensitive."
        )
    return classes[name]


@lru_cache(maxsize=1)
def _all_classes() -> Mapping[str, type]:
    from sklearn.utils import all_estimators as sklearn_estimators  # noqa: PLC0415 - slow, and rarely needed
    from sktime.registry import all_estimators  # noqa: PLC0415 - slow, and rarely needed

    return {**dict(sklearn_estimators("regressor")), **dict(all_estimators(["forecaster", "transformer"]))}


def _refusal(specification: str, found: str) -> UnknownForecasterError:
    return UnknownForecasterError(
        f"expected a specification such as 'NaiveForecaster(sp=season_length)' with literal arguments, "
        f"found {found} in {specification!r}. Use class names, literals, nested calls and * only."
    )
