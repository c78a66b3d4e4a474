"""A file of one's own becomes a product, and the product forecasts: two commands, nothing edited in between."""

import json
import os
import subprocess
import sys

import duckdb
import numpy as np
import pytest

from dagster_project.product import load_product
from tests.dagster_project.end_to_end.own_files import OWN_FILES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def _forecast(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "dagster_project.cli.main", "--home", str(folder / "home"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"FORECAST_PRODUCT": ""},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module", params=OWN_FILES)
def run(request, tmp_path_factory):
    """The file, its product and the published snapshot, made by `forecast init` and `forecast run`."""
    folder = tmp_path_factory.mktemp(request.param)
    own = OWN_FILES[request.param]
    (folder / "bring").mkdir()
    file = own.write(folder / "bring")
    named = ("--time", own.time, "--target", own.target, "--name", "mine", *own.options)
    _forecast(folder, "init", str(file), *named)
    _forecast(folder, "--product", "mine.yml", "run", "--from", str(file))
    published = folder / "home" / "mine" / "published"
    snapshot = published / json.loads((published / "current.json").read_text())["file"]
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        yield own, load_product(str(folder / "mine.yml")), connection


def test_the_product_is_what_an_expert_would_write(run):
    own, product, _ = run
    assert (product.freq, product.season_lengths, product.target.kind) == (own.freq, own.season_lengths, own.kind)
    assert set(own.keys) <= set(product.keys)
    assert product.target.allow_negative == own.allow_negative
    assert {driver.name: driver.known for driver in product.drivers} == own.drivers


def test_every_active_series_has_a_finite_forecast_of_the_whole_horizon(run):
    own, product, connection = run
    rows = connection.sql(
        "select unique_id, count(distinct ds) as n, min(yhat) as least, bool_and(isfinite(yhat)) as finite "
        "from marts.forecast_latest where level = 'bottom' group by unique_id"
    ).fetchnumpy()
    assert len(rows["unique_id"]) == own.n_active
    assert (rows["n"] == product.horizon).all()
    assert rows["finite"].all()
    assert own.allow_negative or (rows["least"] >= 0).all()


def test_quantiles_stand_in_order_around_the_forecast(run):
    _, _, connection = run
    found = connection.sql(
        "select count(*) from marts.forecast_latest where level = 'bottom' and not (q10 <= q50 and q50 <= q90)"
    ).fetchone()
    assert found == (0,)


def test_what_is_served_is_better_than_seasonal_naive(run):
    _, _, connection = run
    loss = dict(
        connection.sql(
            "select model, value from marts.fct_backtest_metrics where metric = 'wape' and cutoff is null "
            "and segment_name = 'overall' and h_bucket = 'all' and model in ('served', 'seasonal_naive')"
        ).fetchall()
    )
    assert np.isfinite(list(loss.values())).all()
    assert loss["served"] < loss["seasonal_naive"]
