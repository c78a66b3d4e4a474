"""`python -m dagster_project.contracts`: write again what is generated from the contracts."""

import sys
from pathlib import Path

from dagster_project.contracts.contract import load_contract, shipped_contracts
from dagster_project.contracts.generation import SERVICE_LEVELS, generated_files, service_levels
from dagster_project.contracts.outputs import schema_text


def main() -> None:
    """Write the dbt sources, schema files and pages of every source, and the promised columns of the marts."""
    root = Path(__file__).resolve().parents[2]
    published = root / "docs" / "contracts" / "published.json"
    files = {published: schema_text(root, published.read_text(encoding="utf-8") if published.exists() else None)}
    contracts = [load_contract(source) for source in shipped_contracts()]
    files[root / SERVICE_LEVELS] = service_levels(contracts)
    for contract in contracts:
        files |= generated_files(contract, root)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(root)}\n")


if __name__ == "__main__":
    main()
