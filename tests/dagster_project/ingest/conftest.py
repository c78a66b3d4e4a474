"""Fixtures of the ingest tests."""

import pytest

from dagster_project.product import Product
from tests.dagster_project.ingest.shop import Shop, tidy_settings


@pytest.fixture
def product():
    return Product.model_validate(tidy_settings())


@pytest.fixture
def shop(product, tmp_path):
    return Shop(product, tmp_path)
