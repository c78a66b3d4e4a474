import datetime as dt

import pytest

from dagster_project.ingest import deliver
from dagster_project.init import Given, infer
from dagster_project.paths import ProductPaths
from dagster_project.product import load_product


@pytest.fixture
def infer_from(tmp_path):
    """Infer from a frame written as CSV; the result is also loaded, and its files delivered, as a user would."""
    delivered = []

    def _infer(frame, *, name="sales.csv", sep=",", called=None, **given):
        path = tmp_path / name
        frame.to_csv(path, index=False, sep=sep)
        for option in ("drivers", "attributes"):
            if option in given:
                given[option].to_csv(tmp_path / f"{option}.csv", index=False)
                given[option] = tmp_path / f"{option}.csv"
        options = {"time": "when", "target": "sold", "name": called, **given}
        inferred = infer(Given(path, **options))
        (tmp_path / "inferred.yml").write_text(inferred.text)
        product = load_product(tmp_path / "inferred.yml")
        assert product == inferred.product
        as_of = dt.datetime.fromisoformat("2026-01-01") + dt.timedelta(days=len(delivered))
        delivered.append(path)
        report = deliver(product, ProductPaths(tmp_path / "var", product.name), tmp_path, as_of)
        assert [warning for warning in report.warnings if "added column" not in warning] == []
        assert next(item for item in report.outcomes if item.entity == "observations").rows == len(frame)
        return inferred

    return _infer
