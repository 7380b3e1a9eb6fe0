"""The pages of coordinators, one file a page and its forms."""

from gateway.web.admin import (
    alerts,
    approvals,
    audit,
    duty,
    incidents,
    inquiries,
    judgements,
    map,
    messages,
    place_notes,
    places,
    queue,
    risk,
    sorting,
    subscribers,
)

BLUEPRINTS = (
    queue.bp,
    incidents.bp,
    judgements.bp,
    inquiries.bp,
    duty.bp,
    sorting.bp,
    alerts.bp,
    approvals.bp,
    subscribers.bp,
    places.bp,
    place_notes.bp,
    map.bp,
    risk.bp,
    messages.bp,
    audit.bp,
)
