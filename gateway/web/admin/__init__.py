"""The pages of coordinators, one file a page and its forms."""

from gateway.web.admin import (
    alerts,
    approvals,
    audit,
    incidents,
    judgements,
    map,
    messages,
    places,
    queue,
    sorting,
    subscribers,
)

BLUEPRINTS = (
    queue.bp,
    incidents.bp,
    judgements.bp,
    sorting.bp,
    alerts.bp,
    approvals.bp,
    subscribers.bp,
    places.bp,
    map.bp,
    messages.bp,
    audit.bp,
)
