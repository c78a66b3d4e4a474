"""The child process that predicts while the run reads on: the same answer, and an error where the answer is asked for."""

import numpy as np
import pytest

from dagster_project.pipeline.bundle_prediction import predicting
from forecasting.bundle import save_bundle
from forecasting.errors import BundleError
from forecasting.run import train
from tests.forecasting.conftest import simulate


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    product = simulate(n_series=8, n_days=200)
    trained = train(product.task, product.features.training_rows(product.live_cutoff), product.live_cutoff)
    bundle = save_bundle(trained, tmp_path_factory.mktemp("models"), target="y", code_version="test")
    return bundle.folder, trained, product.features.forecast_rows(product.live_cutoff)


def test_the_rows_of_the_run_and_any_others_get_the_models_own_answer(stored):
    folder, trained, rows = stored
    few = rows.slice(0, 5)
    with predicting(folder, rows) as model:
        assert model is not None
        np.testing.assert_array_equal(model.predict(rows), trained.predict(rows))
        np.testing.assert_array_equal(model.predict(few), trained.predict(few))


def test_a_damaged_model_says_so_where_its_answer_is_asked_for(stored, tmp_path):
    _, _, rows = stored
    with predicting(tmp_path / "gone", rows) as model:
        assert model is not None
        with pytest.raises(BundleError, match=r"manifest\.json"):
            model.predict(rows)


def test_without_a_model_there_is_nothing_to_ask(stored):
    with predicting(None, stored[2]) as model:
        assert model is None
    with predicting(stored[0], None) as model:
        assert model is None
