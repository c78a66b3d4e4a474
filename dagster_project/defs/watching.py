"""What Dagster's daemon looks after while nobody does."""

from __future__ import annotations

import dagster as dg

from dagster_project.dead_runs import end_dead_runs
from dagster_project.product import Product

LOOK_EVERY_SECONDS = 60


def killed_run_sensor(product: Product) -> dg.SensorDefinition:
    """Ends runs whose process was killed: as long as they count as running, no other run of the product starts."""

    @dg.sensor(
        name=f"{product.name}_killed_runs",
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Marks runs as failed whose process was killed, so that the next one can start.",
    )
    def killed_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        ended = end_dead_runs(context.instance, product.name)
        return dg.SkipReason(f"ended {', '.join(ended)}" if ended else "every run that counts as running is alive")

    return killed_runs
