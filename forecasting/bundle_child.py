"""The process that loads a stored model: `python -m forecasting.bundle_child BUNDLE ROWS ANSWER`.

It exists so that a model file that crashes its reader takes down this process and not the run.
"""

import sys
from pathlib import Path

import numpy as np
from pyarrow import feather

from forecasting.bundle import read_model, verify_bundle


def main(bundle_folder: Path, rows_file: Path, answer_file: Path) -> None:
    """Write one forecast per row of `rows_file` to `answer_file`."""
    model = read_model(verify_bundle(bundle_folder))
    np.save(answer_file, model.predict(feather.read_table(rows_file)), allow_pickle=False)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
