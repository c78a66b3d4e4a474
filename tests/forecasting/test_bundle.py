import json

import numpy as np
import pytest

from forecasting.bundle import model_version, predict_with_bundle, read_model, save_bundle, verify_bundle
from forecasting.errors import BundleError, FeatureMismatchError
from forecasting.forecasters.global_lightgbm import GlobalLightGBM


@pytest.fixture(scope="module")
def trained(product):
    return GlobalLightGBM(product.task).fit(product.feature_rows, product.cutoffs[-1])


@pytest.fixture(scope="module")
def future(product):
    return product.features.forecast_rows(product.cutoffs[-1])


@pytest.fixture
def folder(trained, tmp_path):
    return save_bundle(trained, tmp_path, target="units", code_version="abc").folder


def test_a_stored_model_forecasts_as_the_one_that_was_trained(trained, future, folder):
    np.testing.assert_array_equal(predict_with_bundle(folder, future), trained.predict(future))


def test_what_is_read_back_is_what_was_saved(trained, folder):
    read = read_model(verify_bundle(folder))
    assert read == trained
    assert model_version(read) == folder.name


def test_the_manifest_says_what_the_model_is(trained, folder):
    manifest = verify_bundle(folder).manifest
    assert manifest["horizon"] == 14
    assert manifest["target"] == "units"
    assert manifest["feature_schema_hash"] == trained.schema.digest
    assert [entry["name"] for entry in manifest["features"]] == list(trained.schema.names)
    assert {"lightgbm", "numpy", "pyarrow"} <= set(manifest["libraries"])
    assert manifest["parameters"]["seed"] == 2026


def test_saving_again_changes_nothing(trained, folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    save_bundle(trained, folder.parent, target="units", code_version="abc")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("file", ["model.txt", "manifest.json"])
@pytest.mark.parametrize("seed", range(10))
def test_a_flipped_byte_is_found_before_anything_is_parsed(folder, file, seed):
    content = bytearray((folder / file).read_bytes())
    position = int(np.random.default_rng(seed).integers(len(content)))
    content[position] ^= 1
    (folder / file).write_bytes(bytes(content))
    with pytest.raises(BundleError, match="rain the model again"):
        verify_bundle(folder)


@pytest.mark.parametrize("file", ["model.txt", "manifest.json"])
def test_a_truncated_or_missing_file_is_found(folder, file):
    whole = (folder / file).read_bytes()
    (folder / file).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BundleError, match=file):
        verify_bundle(folder)
    (folder / file).unlink()
    with pytest.raises(BundleError, match="cannot be read"):
        verify_bundle(folder)


def _rewrite_manifest(folder, **changes):
    from forecasting.bundle import _manifest_digest

    manifest = json.loads((folder / "manifest.json").read_text()) | changes
    manifest["manifest_sha256"] = _manifest_digest(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_another_format_is_refused(folder):
    _rewrite_manifest(folder, format=99)
    with pytest.raises(BundleError, match="expected format 3, found 99"):
        verify_bundle(folder)


def test_a_model_file_that_its_reader_cannot_digest_ends_the_child_and_not_us(folder, future):
    import hashlib

    harmful = b"tree\nversion=v4\nnum_class=1\nfeature_names=" + b"x" * 1000
    (folder / "model.txt").write_bytes(harmful)
    _rewrite_manifest(folder, sha256=hashlib.sha256(harmful).hexdigest())
    with pytest.raises(BundleError, match="exit code"):
        predict_with_bundle(folder, future)


def test_a_pickle_in_the_folder_is_never_opened(folder, future, tmp_path):
    (folder / "model.pkl").write_bytes(b"cos\nsystem\n(S'exit 3'\ntR.")
    assert np.isfinite(predict_with_bundle(folder, future)).all()


def test_rows_of_another_feature_schema_are_refused_before_a_process_starts(folder, future):
    with pytest.raises(FeatureMismatchError, match="missing"):
        predict_with_bundle(folder, future.drop_columns(["aligned_1"]))
