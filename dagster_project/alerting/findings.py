"""What is worth an alert: refused and odd deliveries, tests and checks that failed, and the rules of monitoring."""

from __future__ import annotations

from collections.abc import Sequence

from dagster_project.alerting.alert import Alert, contract_alert
from dagster_project.contracts import load_contract, shipped_contracts
from dagster_project.ingest import IngestReport
from dagster_project.ingest.matching import entity_of
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.checks import CheckResult, Severity
from dagster_project.pipeline.failed_rows import FailedTest
from dagster_project.product import Product
from dagster_project.warehouse import Warehouse

MART = """
    select alert_id, tier, owner, rule_id, subject, message, runbook
    from monitoring.alerts
    where tier <> 'info'
    order by alert_id
"""


def of_delivery(product: Product, report: IngestReport) -> list[Alert]:
    """Refused files, and what a stored delivery was warned about; each for the owner of the entity's contract."""
    refused = [
        contract_alert(
            product,
            entity_of(fault.file, product) if fault.file else None,
            tier="critical",
            rule_id="delivery_refused",
            subject=fault.file or "delivery",
            message=fault.message,
            occasion=str(report.as_of),
        )
        for fault in report.faults
    ]
    odd = [
        contract_alert(
            product,
            outcome.entity,
            tier="warn",
            rule_id="delivery_breaks_contract",
            subject=outcome.entity,
            message=warning,
            occasion=outcome.delivery_id or "",
        )
        for outcome in report.outcomes
        if outcome.status != "rejected"
        for warning in outcome.warnings
    ]
    return [*refused, *odd]


def of_tests(product: Product, tests: Sequence[FailedTest], occasion: str) -> list[Alert]:
    """Dbt tests that failed or warned: about raw tables for the owner of the contract, others for that of the data."""
    return [
        contract_alert(
            product,
            test.tested.partition(".")[2] or None,
            tier="warn" if test.severity == "warn" else "critical",
            rule_id=f"test_{test.name}",
            subject=test.tested,
            message=f"{test.name} found {test.n_failures:,} rows; the first are in forecasting.failed_rows",
            occasion=occasion,
        )
        for test in tests
    ]


def of_checks(product: Product, results: Sequence[CheckResult], run_id: str) -> list[Alert]:
    """Blocking checks that refuse to publish, for the owner of the model."""
    found = [
        contract_alert(
            product,
            None,
            tier="critical",
            rule_id="publishing_refused",
            subject=result.check.name,
            message=f"{result.check.name}: {result.detail}",
            occasion=run_id,
        )
        for result in results
        if not result.passed and result.check.severity is Severity.BLOCK
    ]
    return [alert.model_copy(update={"owner": product.owners.model}) for alert in found]


def of_monitoring(product: Product, paths: ProductPaths) -> list[Alert]:
    """The rules that fired in `monitoring.alerts`."""
    rows = Warehouse(paths.warehouse).read(MART).to_pylist()
    channels = {contract.owner: contract.channel for contract in map(load_contract, shipped_contracts())}
    return [
        Alert.model_validate({**row, "product": product.name, "channel": channels.get(row["owner"], "")})
        for row in rows
    ]
