"""What each source promises: one YAML per source, read by ingest, the generated dbt tests and the page."""

from dagster_project.contracts.contract import Column, Contract, EntityContract, load_contract, shipped_contracts
from dagster_project.contracts.tidy import entity_contract

__all__ = ["Column", "Contract", "EntityContract", "entity_contract", "load_contract", "shipped_contracts"]
