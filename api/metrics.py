"""Prometheus metrics: requests by route template, and what is served."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.request_context import RequestContext
from api.serving import Serving

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


class Metrics:
    """Counters of one application; routes are templates, so their number is bounded whatever callers ask for."""

    def __init__(self, serving: Serving) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "http_requests_total", "Requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "http_request_duration_seconds", "Time to answer.", ["route"], buckets=BUCKETS, registry=self._registry
        )
        self._problems = Counter("http_problems_total", "Problems by code.", ["code"], registry=self._registry)
        self._answers = Counter(
            "forecast_answers_total",
            "Forecasts answered, by where they come from.",
            ["product", "forecast_source", "model_version"],
            registry=self._registry,
        )
        # labels() takes a lock and hashes; the children are few, so they are kept.
        self._request_children: dict[tuple[str, str, int], Counter] = {}
        self._seconds_children: dict[str, Histogram] = {}
        self._answer_children: dict[tuple[str, str, str], Counter] = {}
        self._registry.register(_WhatIsServed(serving))

    def observe(self, method: str, route: str, status: int, seconds: float, code: str | None) -> None:
        """Count one answered request."""
        key = (method if method in METHODS else "OTHER", route, status)
        child = self._request_children.get(key)
        if child is None:
            child = self._request_children[key] = self._requests.labels(*key[:2], str(status))
        child.inc()
        timer = self._seconds_children.get(route)
        if timer is None:
            timer = self._seconds_children[route] = self._seconds.labels(route)
        timer.observe(seconds)
        if code is not None:
            self._problems.labels(code).inc()

    def answered(self, context: RequestContext) -> None:
        """Count the forecasts of an answer."""
        if context.served is None or not context.answered:
            return
        index, product = context.served.snapshot.index, context.served.product
        sources, versions = index.forecast_sources, index.model_versions
        counts = Counts((sources[row], versions[row]) for _, row in context.answered if row is not None)
        for (source, version), count in counts.items():
            key = (product, source, version)
            child = self._answer_children.get(key)
            if child is None:
                child = self._answer_children[key] = self._answers.labels(*key)
            child.inc(count)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _WhatIsServed(Collector):
    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def collect(self) -> Iterator[Metric]:
        labels = ["product"]
        info = GaugeMetricFamily(
            "forecast_snapshot_info", "The served snapshot.", labels=["product", "snapshot_id", "model_version"]
        )
        published = GaugeMetricFamily(
            "forecast_snapshot_published_timestamp_seconds", "When the served snapshot was published.", labels=labels
        )
        data_as_of = GaugeMetricFamily(
            "forecast_data_as_of_timestamp_seconds", "Up to when data was delivered.", labels=labels
        )
        stale = GaugeMetricFamily("forecast_snapshot_stale", "1 while answers are marked stale.", labels=labels)
        series = GaugeMetricFamily("forecast_series", "Series in the snapshot.", labels=labels)
        performance = GaugeMetricFamily(
            "forecast_model_performance",
            "Backtest metrics of each model over all series and windows.",
            labels=["product", "model", "metric"],
        )
        for name, served in self._serving.products.items():
            manifest = served.snapshot.manifest
            info.add_metric([name, manifest.snapshot_id, manifest.model_version], 1)
            published.add_metric([name], served.snapshot.published_at.timestamp())
            data_as_of.add_metric([name], datetime.fromisoformat(manifest.data_as_of).timestamp())
            stale.add_metric([name], float(served.stale_reason is not None))
            series.add_metric([name], len(served.snapshot.index))
            for (model, metric), value in served.snapshot.performance.items():
                performance.add_metric([name, model, metric], value)
        refused = GaugeMetricFamily("forecast_snapshots_refused", "Snapshots that could not be loaded since the start.")
        refused.add_metric([], self._serving.refused_snapshots)
        yield from (info, published, data_as_of, stale, series, performance, refused)
