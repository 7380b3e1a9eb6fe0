"""Pseudonyms are neutral, random and borne by one person each."""

import re
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from gateway.plumbing.crypto import Keys
from gateway.subscribers import pseudonyms
from tests.make import make_subscriber


def test_there_are_many_plain_names_each_once() -> None:
    assert len(pseudonyms.NAMES) >= 150
    assert len(set(pseudonyms.NAMES)) == len(pseudonyms.NAMES)
    assert all(re.fullmatch(r"[A-Z][a-z]{1,13}", name) for name in pseudonyms.NAMES)


def test_a_fresh_pseudonym_is_a_name_and_two_digits(session: Session) -> None:
    found = {pseudonyms.fresh(session) for _ in range(20)}
    assert len(found) > 10  # drawn by chance, not from the number
    assert all(re.fullmatch(r"[A-Z][a-z]+-[1-9]\d", name) for name in found)


def test_when_all_are_taken_the_numbers_grow(
    session: Session, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pseudonyms, "NAMES", ("Heron",))
    for number in range(10, 100):
        make_subscriber(session, keys, f"+2547000001{number}", pseudonym=f"Heron-{number}")
    assert re.fullmatch(r"Heron-[1-9]\d\d", pseudonyms.fresh(session))


def test_a_taken_pseudonym_is_not_given_again(
    session: Session, keys: Keys, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pseudonyms, "NAMES", ("Heron",))
    given = set()
    for number in range(120):
        name = pseudonyms.fresh(session)
        assert name not in given
        given.add(name)
        make_subscriber(session, keys, f"+25470000{number:04}", pseudonym=name, created_at=now)
