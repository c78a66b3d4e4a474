"""Build the feature models once more: `python -m benchmarks.children.features PRODUCT HOME ANSWER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from dagster_project.dbt import run_dbt
from dagster_project.paths import ProductPaths
from dagster_project.product import load_product


def main(product_file: Path, home: Path, answer: Path) -> int:
    """Run dbt on the folder of the features and write its exit code."""
    product = load_product(product_file)
    done = run_dbt(["--quiet", "run", "--select", "features.*"], product, ProductPaths(home, product.name))
    answer.write_text(json.dumps({"exit_code": done.returncode}))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
