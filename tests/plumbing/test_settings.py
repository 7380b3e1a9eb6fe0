"""Settings: layers, secrets, and every mistake reported at once by its key."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.plumbing.resources import CONFIG
from gateway.plumbing.settings import SettingsError, load_settings
from gateway.plumbing.settings_sources import PATHS
from gateway.providers.base import NotAuthentic, WebhookRequest
from gateway.runtime import build_providers
from tests.signed import TWILIO_ENV

TWILIO = {key: value for key, value in TWILIO_ENV.items() if "PROVIDERS" in key}


def _problems(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    return caught.value.problems


def _own(folder: Path, text: str) -> dict[str, str]:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return {"GATEWAY_CONFIG": str(path)}


def test_the_shipped_settings_are_whole() -> None:
    settings = load_settings({})
    assert settings.only_simulated
    assert (settings.country, settings.languages) == ("KE", ("en", "sw", "fr"))


def test_layers_stand_in_their_order(tmp_path: Path) -> None:
    own = _own(tmp_path, 'service_name = "Own"\n[policy]\napprovals = 2\nalert_hours = 3\n')
    settings = load_settings(own | {"GATEWAY_POLICY__APPROVALS": "0"})
    assert settings.service_name == "Own"
    assert (settings.policy.approvals, settings.policy.alert_hours) == (0, 3)
    assert settings.policy.acknowledge == "neutral"


def test_every_mistake_is_reported_at_once_by_its_key() -> None:
    wrong = {
        "GATEWAY_COUNTRY": "Kenya",
        "GATEWAY_TIMEZONE": "Mars/Olympus",
        "GATEWAY_PUBLIC_URL": "gateway.example.org",
        "GATEWAY_DATABASE__URL": "mysql://x",
        "GATEWAY_POLICY__APPROVALS": "3",
        "GATEWAY_POLICY__QUIET_HOURS": "25:00-06:00",
        "GATEWAY_POLICY__ACKNOWLEDGE": "loudly",
        "GATEWAY_DISPATCH__LEASE_S": "never",
        "GATEWAY_WEB__PROXYS": "1",
        "GATEWAY_NO__SUCH": "1",
    }
    problems = _problems(**wrong)
    named = {problem.partition(":")[0] for problem in problems}
    assert named == {
        "country", "timezone", "public_url", "database.url", "policy.approvals",
        "policy.quiet_hours", "policy.acknowledge", "dispatch.lease_s", "web.proxys", "no",
    }  # fmt: skip
    assert any("GATEWAY_POLICY__APPROVALS" in problem for problem in problems)


def test_secrets_come_from_files_too(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    environ = {key: value for key, value in TWILIO.items() if "AUTH_TOKEN" not in key}
    environ["GATEWAY_PROVIDERS__TWILIO__AUTH_TOKEN_FILE"] = str(tmp_path / "token")
    settings = load_settings(environ)
    assert settings.providers["twilio"].auth_token.get_secret_value() == "from-a-file"


def test_a_setting_that_names_a_file_is_no_secret_in_a_file() -> None:
    names = {"GATEWAY_FEEDS__SIGN_KEY_FILE": "k.pem", "GATEWAY_FEEDS__SIGN_CERT_FILE": "c.pem"}
    feeds = load_settings(names).feeds
    assert (feeds.sign_key_file, feeds.sign_cert_file) == ("k.pem", "c.pem")
    shipped = tomllib.loads((CONFIG / "gateway.toml").read_text(encoding="utf-8"))
    keys = {key for section in shipped.values() if isinstance(section, dict) for key in section}
    assert {key for key in keys if key.endswith("_file")} == PATHS


def test_the_sender_of_cap_documents_has_no_letters_that_cap_forbids() -> None:
    for sender in ("a b", "a,b", "a<b", "a&b"):
        (problem,) = _problems(GATEWAY_FEEDS__SENDER=sender)
        assert problem.startswith("feeds.sender: ")


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (problem,) = _problems(GATEWAY_KEYS__DATA_FILE=str(tmp_path / "gone"))
    assert problem.startswith("GATEWAY_KEYS__DATA_FILE: ")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[keys]\ndata = "k1:hushhush"\n', "keys.data"),
        ('[web]\nmetrics_token = "hushhush"\n', "web.metrics_token"),
        (
            '[providers.twilio]\naccount_sid = "AC1"\nsender_id = "1"\nauth_token = "hushhush"\n',
            "providers.twilio.auth_token",
        ),
    ],
)
def test_a_secret_in_a_file_of_settings_is_refused_and_not_quoted(
    tmp_path: Path, text: str, key: str
) -> None:
    problems = _problems(**_own(tmp_path, text))
    assert any(problem.startswith(f"{key}: secrets do not belong") for problem in problems)
    assert not any("hushhush" in problem for problem in problems)


def test_no_secret_shows_in_any_spelling_of_the_settings() -> None:
    settings = load_settings(TWILIO | {"GATEWAY_KEYS__SESSION": "s3cr3t" * 8})
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert "s3cr3t" not in shown
    assert TWILIO["GATEWAY_PROVIDERS__TWILIO__AUTH_TOKEN"] not in shown


@pytest.mark.parametrize("value", ["s3cr3t", "[1, 2]"])
def test_no_mistake_quotes_a_secret(value: str) -> None:
    problems = _problems(GATEWAY_KEYS__DATA__EXTRA=value, GATEWAY_WEB__THREADS="many")
    assert not any(value in problem for problem in problems)


@pytest.mark.parametrize("text", ["[policy\n", "\xff\xfe", "policy = 3\n", 'a = "b'])
def test_a_broken_file_is_one_line_and_never_a_traceback(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(text.encode("latin-1"))
    problems = _problems(GATEWAY_CONFIG=str(path))
    assert all("\n" not in problem for problem in problems)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (problem,) = _problems(GATEWAY_CONFIG=str(tmp_path / "gone.toml"))
    assert "gone.toml cannot be read" in problem


def test_an_account_of_ones_own_replaces_the_sample() -> None:
    settings = load_settings(TWILIO)
    assert list(settings.providers) == ["twilio"]
    assert not settings.only_simulated
    assert [route.accounts for route in settings.routes] == [("twilio",)]


def test_tables_may_stand_in_the_environment_as_toml_or_json() -> None:
    for routes in (
        '[{prefix = "+254", accounts = ["twilio"]}]',
        '[{"prefix": "+254", "accounts": ["twilio"]}]',
    ):
        (route,) = load_settings(TWILIO | {"GATEWAY_ROUTES": routes}).routes
        assert (route.prefix, route.accounts) == ("+254", ("twilio",))


def test_a_route_to_no_account_is_named() -> None:
    routes = '[{prefix = "+254", accounts = ["twilio", "nobody"]}]'
    (problem,) = _problems(**TWILIO, GATEWAY_ROUTES=routes)
    assert problem.startswith("routes.0.accounts: there is no account 'nobody'")


def test_a_simulator_beside_a_real_account_needs_a_token() -> None:
    (problem,) = _problems(**TWILIO, GATEWAY_PROVIDERS__SIMULATOR__TYPE="simulator")
    assert problem.startswith("providers.simulator.auth_token: ")


def test_a_simulator_with_a_token_believes_nobody_without_it() -> None:
    settings = load_settings(TWILIO | {"GATEWAY_PROVIDERS__SIMULATOR__AUTH_TOKEN": "t0ken" * 5})
    simulator = build_providers(settings)["simulator"]
    body = b'{"id": "1", "from": "+254700000123", "text": "come out, it is safe"}'
    request = WebhookRequest(
        "POST", "https://gateway.example.org", {}, (), (), body, datetime.now(UTC)
    )
    with pytest.raises(NotAuthentic):
        simulator.read_inbound(request)


def test_a_provider_that_lacks_its_options_says_which() -> None:
    settings = load_settings({"GATEWAY_PROVIDERS__TWILIO__RATE_PER_SECOND": "5"})
    with pytest.raises(ValueError, match="lacks: account_sid, auth_token"):
        build_providers(settings)


def test_an_unknown_kind_of_provider_is_named() -> None:
    settings = load_settings({"GATEWAY_PROVIDERS__NEWTEL__SENDER_ID": "1"})
    with pytest.raises(ValueError, match="unknown provider type 'newtel'"):
        build_providers(settings)


def test_languages_may_be_written_as_words_with_commas() -> None:
    assert load_settings({"GATEWAY_LANGUAGES": "sw,en"}).languages == ("sw", "en")


def test_settings_cannot_be_changed_after_the_start() -> None:
    settings = load_settings({})
    with pytest.raises(ValueError, match="frozen"):
        settings.policy.approvals = 0  # type: ignore[misc]
