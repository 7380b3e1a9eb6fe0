"""JSON of strangers, whatever its depth."""

import json
import sys

import pytest

from gateway.providers.reading import as_object, json_of


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a": ', '["]", ', '["\\"[", '])
def test_what_is_too_deep_is_refused_before_it_is_parsed(
    opening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json, "loads", lambda _: pytest.fail("parsed"))
    for text in (opening * 90_000, (opening * sys.getrecursionlimit()).encode()):
        with pytest.raises(ValueError, match="too deep"):
            json_of(text)
        assert as_object(text) is None


def test_what_is_long_or_only_looks_deep_is_read() -> None:
    wide = [{"a": [{"b": "[{" * 200 + '\\"'}]}] * 300
    assert json_of(json.dumps(wide)) == wide
    assert json_of(json.dumps(wide).encode()) == wide
    assert as_object(json.dumps({"a": wide}).encode("utf-16")) == {"a": wide}
