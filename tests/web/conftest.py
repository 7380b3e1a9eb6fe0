"""The usual situation, and the two coordinators who work on it."""

import pytest
from flask import Flask

from tests.web.situation import Situation, make_situation
from tests.web.walking import Visitor


@pytest.fixture
def situation(app: Flask) -> Situation:
    return make_situation(app)


@pytest.fixture
def asha(app: Flask, situation: Situation) -> Visitor:
    return Visitor(app, None, situation.asha)


@pytest.fixture
def bakari(app: Flask, situation: Situation) -> Visitor:
    return Visitor(app, None, situation.bakari)
