"""An alert, and who it is for."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict

from dagster_project.contracts import load_contract, shipped_contracts
from dagster_project.product import Product

Tier = Literal["info", "warn", "critical"]
FAILED_CHECK = "docs/runbook.md#failed-check"


class Alert(BaseModel):
    """One finding for one owner. The same finding again has the same `alert_id` and is told once.

    `channel` is where the owner is usually reached, in the words of the contract; empty where no contract names one.
    """

    model_config = ConfigDict(frozen=True)

    alert_id: str
    product: str
    tier: Tier
    owner: str
    channel: str = ""
    rule_id: str
    subject: str
    message: str
    runbook: str = FAILED_CHECK


def contract_alert(
    product: Product, entity: str | None, *, tier: Tier, rule_id: str, subject: str, message: str, occasion: str
) -> Alert:
    """An alert about a raw entity for the owner of its contract; about anything else for the owner of the data.

    `occasion` tells the same finding at another time apart: a delivery, a run.
    """
    source = product.source_of(entity) if entity else product.source_system
    # The contract of one's own data is nobody's in particular: the product file names who answers for the file.
    is_own = product.tidy is not None and source == product.source_system
    contract = load_contract(source) if source in shipped_contracts() and not is_own else None
    said = f"{product.name}\n{rule_id}\n{subject}\n{message}\n{occasion}"
    return Alert(
        alert_id=hashlib.sha256(said.encode()).hexdigest()[:12],
        product=product.name,
        tier=tier,
        owner=contract.owner if contract else product.owners.data,
        channel=contract.channel if contract else "",
        rule_id=rule_id,
        subject=subject,
        message=message,
    )
