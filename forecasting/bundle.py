"""Model bundles: a LightGBM text file and a JSON manifest that says what it is and proves that it is unharmed.

A damaged text can crash LightGBM's parser, and the process with it, so digests are compared before anything is parsed
and the model itself is loaded in a child process. Nothing here is a pickle: a bundle cannot carry code.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version as library_version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import feather

from forecasting.errors import BundleError
from forecasting.feature_rows import FeatureSchema, feature_block
from forecasting.target_scaling import TargetScaling
from forecasting.trained_model import TrainedModel
from forecasting.zero_states import ZeroState

# 2: the text may hold several members, and log_ratio adds the floor of levels instead of one.
# 3: medians of the features that were never missing.
BUNDLE_FORMAT = 3
MODEL_FILE = "model.txt"
MANIFEST_FILE = "manifest.json"
_LIBRARIES = ("lightgbm", "numpy", "pyarrow")


@dataclass(frozen=True)
class Bundle:
    """A verified bundle: its folder, its manifest, and the version that its content spells."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def version(self) -> str:
        """Twelve hex digits of the content: the same model gets the same version, wherever it is trained."""
        return str(self.manifest["version"])


def model_version(trained: TrainedModel) -> str:
    """Twelve hex digits over the model and everything needed to use it."""
    content = json.dumps(_content(trained), sort_keys=True) + trained.model_text
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def save_bundle(
    trained: TrainedModel,
    folder: Path,
    *,
    target: str,
    code_version: str,
    metrics: Mapping[str, float] | None = None,
) -> Bundle:
    """Write `trained` below `folder`, in a folder named after its version, and return it verified.

    Saving the same model again changes nothing. The manifest is written last: a folder without one is no bundle.
    """
    version = model_version(trained)
    target_folder = folder / version
    target_folder.mkdir(parents=True, exist_ok=True)
    model_bytes = trained.model_text.encode()
    (target_folder / MODEL_FILE).write_bytes(model_bytes)
    manifest: dict[str, Any] = {
        "format": BUNDLE_FORMAT,
        "name": "lightgbm",
        "version": version,
        "target": target,
        "code_version": code_version,
        "libraries": {name: library_version(name) for name in _LIBRARIES},
        "metrics": dict(metrics or {}),
        "sha256": hashlib.sha256(model_bytes).hexdigest(),
        **_content(trained),
    }
    manifest["manifest_sha256"] = _manifest_digest(manifest)
    (target_folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    return verify_bundle(target_folder)


def verify_bundle(folder: Path) -> Bundle:
    """Read the manifest and compare every digest, without parsing the model.

    Raises `BundleError` naming the file, what was expected and what was found.
    """
    manifest = _read_manifest(folder / MANIFEST_FILE)
    expected = manifest.get("manifest_sha256")
    found = _manifest_digest(manifest)
    if expected != found:
        raise BundleError(
            f"{MANIFEST_FILE} of bundle {folder.name}: expected digest {expected}, found {found}. {_REPLACE}"
        )
    if manifest["format"] != BUNDLE_FORMAT:
        raise BundleError(
            f"{MANIFEST_FILE} of bundle {folder.name}: expected format {BUNDLE_FORMAT}, found {manifest['format']}. "
            "Train the model again with this version of the code."
        )
    try:
        found = hashlib.sha256((folder / MODEL_FILE).read_bytes()).hexdigest()
    except OSError as error:
        raise BundleError(f"{MODEL_FILE} of bundle {folder.name} cannot be read: {error}. {_REPLACE}") from error
    if found != manifest["sha256"]:
        raise BundleError(
            f"{MODEL_FILE} of bundle {folder.name}: expected sha256 {manifest['sha256']}, found {found}. {_REPLACE}"
        )
    return Bundle(folder, manifest)


def read_model(bundle: Bundle) -> TrainedModel:
    """The trained model of a verified bundle, in this process; `predict_with_bundle` is the careful way."""
    manifest = bundle.manifest
    return TrainedModel(
        model_text=(bundle.folder / MODEL_FILE).read_text(),
        schema=FeatureSchema.from_manifest(manifest["features"]),
        scaling=TargetScaling(
            **{**manifest["scaling"], "level_features": tuple(manifest["scaling"]["level_features"])}
        ),
        cutoff=datetime.fromisoformat(manifest["cutoff"]),
        horizon=manifest["horizon"],
        allow_negative=manifest["allow_negative"],
        n_rows=manifest["n_rows"],
        n_series=manifest["n_series"],
        zero_states=tuple(ZeroState(**state) for state in manifest["zero_states"]),
        parameters=manifest["parameters"],
        num_threads=manifest["num_threads"],
        typical=manifest["typical"],
    )


def predict_with_bundle(folder: Path, rows: pa.Table, *, timeout_s: float = 600.0) -> NDArray[np.float64]:
    """Forecasts of a stored model, in units of the target, computed in a child process.

    Raises `BundleError` when the bundle is damaged, crashes its reader, or takes longer than `timeout_s`, and
    `FeatureMismatchError` when the rows are not the ones the model was trained on.
    """
    answer = _ask_child(folder, rows, "forecasts", timeout_s)
    return np.asarray(answer.column("yhat").to_numpy(), dtype=np.float64)


def explain_with_bundle(folder: Path, rows: pa.Table, *, timeout_s: float = 600.0) -> pa.Table:
    """`TrainedModel.contributions` of a stored model, computed in a child process; errors as `predict_with_bundle`."""
    return _ask_child(folder, rows, "contributions", timeout_s)


def _ask_child(folder: Path, rows: pa.Table, what: str, timeout_s: float) -> pa.Table:
    bundle = verify_bundle(folder)
    feature_block(rows, FeatureSchema.from_manifest(bundle.manifest["features"]))
    with tempfile.TemporaryDirectory(prefix="predict_") as workplace:
        rows_file, answer_file = Path(workplace) / "rows.arrow", Path(workplace) / "answer.arrow"
        # The model knows no names.
        told = rows.drop_columns(["unique_id"]) if "unique_id" in rows.column_names else rows
        feather.write_feather(told, rows_file, compression="uncompressed")
        command = [
            sys.executable,
            "-m",
            "forecasting.bundle_child",
            str(folder),
            str(rows_file),
            str(answer_file),
            what,
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired as error:
            raise BundleError(f"bundle {folder.name} gave no {what} within {timeout_s:g} s. {_REPLACE}") from error
        if done.returncode != 0:
            last_words = done.stderr.strip().splitlines()[-1:] or ["no message"]
            raise BundleError(
                f"bundle {folder.name}: its reader ended with exit code {done.returncode}: {last_words[0]}. {_REPLACE}"
            )
        return feather.read_table(answer_file, memory_map=False)


_REPLACE = "Restore the bundle from a copy, or train the model again; the last published forecasts stay in force."


def _content(trained: TrainedModel) -> dict[str, Any]:
    return {
        "cutoff": trained.cutoff.isoformat(),
        "horizon": trained.horizon,
        "allow_negative": trained.allow_negative,
        "n_rows": trained.n_rows,
        "n_series": trained.n_series,
        "features": trained.schema.as_manifest(),
        "feature_schema_hash": trained.schema.digest,
        "scaling": {**asdict(trained.scaling), "level_features": list(trained.scaling.level_features)},
        "zero_states": [asdict(state) for state in trained.zero_states],
        "parameters": trained.parameters,
        "num_threads": trained.num_threads,
        "typical": dict(trained.typical),
    }


def _manifest_digest(manifest: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in manifest.items() if name != "manifest_sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_bytes())
    except OSError as error:
        raise BundleError(f"{path.name} of bundle {path.parent.name} cannot be read: {error}. {_REPLACE}") from error
    except ValueError as error:
        raise BundleError(
            f"{path.name} of bundle {path.parent.name}: expected JSON, found {error}. {_REPLACE}"
        ) from error
    if not isinstance(manifest, dict) or "format" not in manifest or "manifest_sha256" not in manifest:
        raise BundleError(
            f"{path.name} of bundle {path.parent.name}: expected an object with format and manifest_sha256. {_REPLACE}"
        )
    return manifest
