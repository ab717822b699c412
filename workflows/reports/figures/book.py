"""All figures by their names in addresses, in the order of the definitions."""

from workflows.reports.figures import backlog, endings, forecast, people, promises, requests, watch
from workflows.reports.figures.tables import Figure

ALL: tuple[Figure, ...] = (
    promises.LIVE,
    promises.KEPT,
    promises.FOLLOW_UPS,
    promises.WAITED,
    backlog.BACKLOG,
    backlog.DEFERRALS,
    backlog.LEAKS,
    endings.ENDINGS,
    endings.STOPPED,
    endings.NUMBERS_LOST,
    endings.KEPT,
    requests.REASONS,
    requests.ARRIVALS,
    people.WORKLOAD,
    people.THROUGHPUT,
    people.REACH,
    forecast.FORECAST,
    watch.OVERRIDES,
    watch.FOUND,
)
BY_NAME = {each.name: each for each in ALL}
