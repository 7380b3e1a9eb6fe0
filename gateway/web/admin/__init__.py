"""The pages of coordinators, one file a page and its forms."""

from gateway.web.admin import (
    alerts,
    approvals,
    audit,
    campaigns,
    duty,
    glass,
    incidents,
    inquiries,
    judgements,
    map,
    messages,
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
    campaigns.bp,
    glass.bp,
    subscribers.bp,
    places.bp,
    map.bp,
    risk.bp,
    messages.bp,
    audit.bp,
)
