"""Settles doubts: companies are asked about messages that may have left, warnings are hedged."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import structlog

from gateway.dispatch import doubts
from gateway.dispatch.claiming import Parcel
from gateway.dispatch.sending import outgoing
from gateway.flow.roads import carriers
from gateway.plumbing import metrics
from gateway.providers.base import Provider, SendError, Submission
from gateway.runtime import Runtime

log = structlog.get_logger()
_BATCH, _AT_ONCE = 200, 8


def settle_lost(runtime: Runtime) -> int:
    """Asks companies about messages that nobody knows to have left; sends the rest again.

    An account that does not answer is asked no more in this round. Returns how many were in doubt.
    """
    found, silent = 0, frozenset[str]()
    while True:
        with runtime.database.writing() as session:
            parcels = doubts.find(session, runtime.clock(), _BATCH)
        found += len(parcels)
        silent |= _settle_all(runtime, [one for one in parcels if one.account not in silent])
        if len(parcels) < _BATCH:
            return found


def _settle_all(runtime: Runtime, parcels: Sequence[Parcel]) -> frozenset[str]:
    """The accounts that did not answer; each is asked about one message before all the others."""
    first = {parcel.account: parcel for parcel in reversed(parcels)}
    answered = {name for name, parcel in first.items() if _settle(runtime, parcel)}
    others = [one for one in parcels if one.account in answered and one is not first[one.account]]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="settle") as threads:
        said = list(threads.map(lambda parcel: _settle(runtime, parcel), others))
    mute = {parcel.account for parcel, ok in zip(others, said, strict=True) if not ok}
    return frozenset(first.keys() - answered | mute)


def hedge_due(runtime: Runtime) -> int:
    """Warnings without a receipt, where policy allows, through another account."""
    seconds = runtime.settings.dispatch.hedge_s
    if not seconds:
        return 0
    now = runtime.clock()
    silent_since = now - timedelta(seconds=seconds)
    with runtime.database.reading() as session:
        silent = doubts.silent_paths(session, silent_since)
    paths = [path for path in silent if len(carriers(runtime, path, "urgent")) > 1]
    if not paths:
        return 0
    with runtime.database.writing() as session:
        count = doubts.hedge(session, paths, silent_since, now, 500)
    if count:
        log.warning("warnings hedged", sms=count)
        runtime.database.nudge("send_due")
    return count


def _settle(runtime: Runtime, parcel: Parcel) -> bool:
    """False when the company did not answer."""
    provider = runtime.providers.get(parcel.account)
    if provider is None:
        return True  # that account was taken out of the settings: nobody can be asked
    if not (provider.ASKABLE or provider.IDEMPOTENT):
        _wait_for_receipt(runtime, parcel)
        return True
    try:
        submission = _ask(provider, parcel, runtime.settings.public_url)
    except SendError:
        return False  # it stays unknown, and is asked about again later
    with runtime.database.writing() as session:
        now = runtime.clock()
        if submission is None:
            doubts.send_again(session, parcel, "the company never took it", now, never_taken=True)
        else:
            doubts.was_taken(session, parcel, submission, now)
    _told(parcel, taken=submission is not None)
    return True


def _ask(provider: Provider, parcel: Parcel, public_url: str) -> Submission | None:
    """Where a company drops what it has already, handing over once more is the question."""
    out = outgoing(parcel, public_url)
    return provider.look_up(out, parcel.since) if provider.ASKABLE else provider.send(out)


def _wait_for_receipt(runtime: Runtime, parcel: Parcel) -> None:
    """Nobody can be asked: a receipt may still tell; after some time it is sent again."""
    now = runtime.clock()
    with runtime.database.writing() as session:
        since = doubts.since(session, parcel.delivery_id)
        if since is None or now - since < timedelta(seconds=runtime.settings.dispatch.doubt_s):
            return
        doubts.send_again(session, parcel, "nobody can say whether it left", now)
    _told(parcel, taken=False)


def _told(parcel: Parcel, *, taken: bool) -> None:
    metrics.DOUBTS.labels(parcel.account, "taken" if taken else "sent again").inc()
    log.info("doubt settled", delivery=parcel.delivery_id, taken=taken)
