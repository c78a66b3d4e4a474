"""The process that loads a stored model: `python -m forecasting.bundle_child BUNDLE ROWS ANSWER WHAT`.

It exists so that a model file that crashes its reader takes down this process and not the run.
"""

import sys
from pathlib import Path

import pyarrow as pa
from pyarrow import feather

from forecasting.bundle import read_model, verify_bundle


def main(bundle_folder: Path, rows_file: Path, answer_file: Path, what: str) -> None:
    """Write one row per row of `rows_file` to `answer_file`: its forecast, or what contributed to it."""
    model = read_model(verify_bundle(bundle_folder))
    rows = feather.read_table(rows_file)
    answer = model.contributions(rows) if what == "contributions" else pa.table({"yhat": model.predict(rows)})
    feather.write_feather(answer, answer_file, compression="uncompressed")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
