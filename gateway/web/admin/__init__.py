"""The pages of coordinators, one file a page and its forms."""

from gateway.web.admin import (
    alerts,
    approvals,
    audit,
    duty,
    incidents,
    judgements,
    map,
    messages,
    places,
    queue,
    subscribers,
)

BLUEPRINTS = (
    queue.bp,
    incidents.bp,
    judgements.bp,
    duty.bp,
    alerts.bp,
    approvals.bp,
    subscribers.bp,
    places.bp,
    map.bp,
    messages.bp,
    audit.bp,
)
