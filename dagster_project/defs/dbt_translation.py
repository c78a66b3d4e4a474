"""How the dbt project's models become Dagster assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

from dagster_project.dbt import PROFILES_DIR, PROJECT_DIR, target_path
from dagster_project.paths import ProductPaths


def dbt_project(paths: ProductPaths) -> DbtProject:
    """The dbt project with the product's own target folder."""
    return DbtProject(project_dir=PROJECT_DIR, profiles_dir=PROFILES_DIR, target_path=target_path(paths))


class LayerTranslator(DagsterDbtTranslator):
    """Names dbt assets by schema and table, and groups them by layer, so that the graph reads like the warehouse."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Schema and name; sources say theirs in `meta.dagster.asset_key`."""
        meta = (dbt_resource_props.get("config") or {}).get("meta") or dbt_resource_props.get("meta") or {}
        declared = (meta.get("dagster") or {}).get("asset_key")
        if declared:
            return dg.AssetKey(declared)
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey(["raw", dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer: staging, intermediate, marts, features, registry, monitoring, compat."""
        return str(dbt_resource_props["schema"])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        """Owners as the model's YAML states them, the analytics engineers' team otherwise."""
        return super().get_owners(dbt_resource_props) or ["team:analytics-engineering"]
