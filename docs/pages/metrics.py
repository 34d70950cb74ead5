"""`reference/metrics.md`: what `/metrics` exposes."""

from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram

from controller.metrics import Metrics
from docs.pages.markdown import code, table

_INTRO = """# Metrics

`GET /metrics` answers in Prometheus text form, without a token. Times are in seconds. Label values are the
words of [the word list](words.md). How to scrape them: [Connect Prometheus](../how-to/connect-prometheus.md).
"""


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Give (name as exposed, type, labels, meaning) of each metric, in the order of the code."""
    for metric in vars(Metrics()).values():
        if not isinstance(metric, Counter | Gauge | Histogram):
            continue
        (family,) = metric.describe()
        name = f"{family.name}_total" if family.type == "counter" else family.name
        # The library tells the labels of a metric only once it has values.
        labels = ", ".join(code(label) for label in metric._labelnames)  # noqa: SLF001 - no public name
        yield name, family.type, labels, family.documentation


def page() -> str:
    """Return the page."""
    made = [[code(name), kind, labels, meaning] for name, kind, labels, meaning in rows()]
    return f"{_INTRO}\n" + table(("name", "type", "labels", "meaning"), made)
