"""The settings tree: read once at start from the shipped file, one's own, and the environment."""

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import (
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.plumbing.settings_alerts import (
    ApprovalRule,
    AreaSettings,
    BreakGlassSettings,
    CampaignSettings,
    FeedSettings,
    LintSettings,
)
from gateway.plumbing.settings_duty import EscalationSettings, Shift
from gateway.plumbing.settings_routes import Route, problems_of
from gateway.plumbing.settings_section import Section
from gateway.plumbing.settings_sources import ENV_PREFIX, layers

_zones = cache(available_timezones)
_HOURS = re.compile(r"^(?:(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d)?$")


class SettingsError(Exception):
    """All mistakes of the settings at once; `problems` has a line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class DatabaseSettings(Section):
    """Where the records are."""

    url: str
    pool_size: Annotated[int, Field(ge=1, le=500)]

    @field_validator("url")
    @classmethod
    def _known_engine(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError(
                "expected sqlite:///<file> or postgresql+psycopg://<user>@<host>/<name>"
            )
        return url


class KeySettings(Section):
    """The secrets; empty means: not set."""

    data: SecretStr
    index: SecretStr
    session: SecretStr


class ProviderSettings(Section):
    """One account with an SMS company; what only that company needs stands in `options`."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, str] = Field(init=False)

    type: str
    sender_id: str = ""
    base_url: str = ""
    rate_per_second: Annotated[float, Field(ge=0, le=10_000)] = 0.0  # 0: what the company allows
    per_minute: Annotated[int, Field(ge=-1)] = -1  # -1: what the company allows; 0: no limit
    per_half_hour: Annotated[int, Field(ge=-1)] = -1
    per_day: Annotated[int, Field(ge=-1)] = -1
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 10.0
    connections: Annotated[int, Field(ge=1, le=256)] = 8
    price: Annotated[float, Field(ge=0, le=100)] = 0.0
    paid: Annotated[float, Field(ge=0)] = 0.0  # where the company tells no balance
    paid_on: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    low_balance: Annotated[float, Field(ge=0)] = 0.0
    reserve: Annotated[float, Field(ge=0)] = 0.0
    webhook_secret: SecretStr = SecretStr("")
    api_key: SecretStr = SecretStr("")
    api_secret: SecretStr = SecretStr("")
    password: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    signature_secret: SecretStr = SecretStr("")
    auth_token: SecretStr = SecretStr("")
    auth_token_secondary: SecretStr = SecretStr("")

    @property
    def options(self) -> dict[str, str]:
        """Further facts and the tokens, as the provider's own code reads them."""
        secrets = {
            name: value.get_secret_value()
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), SecretStr)
        }
        return (self.__pydantic_extra__ or {}) | {key: one for key, one in secrets.items() if one}


class PolicySettings(Section):
    """What the deployment has decided."""

    approvals: Annotated[int, Field(ge=0, le=2)]
    quiet_hours: str
    acknowledge: Literal["off", "neutral", "full"]
    replies_per_hour: Annotated[int, Field(ge=1, le=1000)]
    thank_after_minutes: Annotated[int, Field(ge=-1, le=24 * 60)]
    alert_hours: Annotated[float, Field(gt=0, le=240)]
    currency: Annotated[str, Field(max_length=8)]
    drill_days: Annotated[int, Field(ge=0, le=366)]

    @field_validator("quiet_hours")
    @classmethod
    def _hours(cls, hours: str) -> str:
        if not _HOURS.match(hours):
            raise ValueError('expected hours such as "21:00-06:00", or "" for none')
        return hours


class GazetteerSettings(Section):
    """Whose places are believed first."""

    priority: Annotated[tuple[str, ...], Field(min_length=1)]

    @field_validator("priority")
    @classmethod
    def _each_once(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(sources)) < len(sources):
            raise ValueError("a source stands there twice")
        return sources


class MatchingWeights(Section):
    """What each kind of evidence weighs, as natural log-odds; docs/matching.md derives them."""

    prior: float
    place: Annotated[float, Field(ge=0)]
    time: Annotated[float, Field(ge=0)]
    hazard: Annotated[float, Field(ge=0)]
    unlike: float
    text: Annotated[float, Field(ge=0)]
    same_sender: float
    no_place: float
    named_apart: float
    same_way: float
    other_way: float
    too_fast: float
    numbers: Annotated[float, Field(ge=0)]


class MatchingSettings(Section):
    """When a report joins an incident."""

    max_distance_m: Annotated[int, Field(ge=100, le=100_000)]
    join: Annotated[float, Field(gt=0, lt=1)]
    suggest: Annotated[float, Field(gt=0, lt=1)]
    copy_hours: Annotated[float, Field(gt=0, le=24 * 60)]
    hearsay_m: Annotated[int, Field(ge=1_000)]
    moving: tuple[str, ...]
    weights: MatchingWeights

    @field_validator("suggest")
    @classmethod
    def _below_join(cls, suggest: float, info: ValidationInfo) -> float:
        if suggest > info.data.get("join", 1):
            raise ValueError("what joins is more likely than what is only suggested: lower it")
        return suggest


class InquirySettings(Section):
    """Whom of the neighbours the gateway asks about an incident, and how long it waits."""

    policy: Literal["auto", "press", "off"]
    people: Annotated[int, Field(ge=1, le=10)]
    per_day: Annotated[int, Field(ge=1, le=20)]
    radius_m: Annotated[int, Field(ge=1_000, le=100_000)]
    severities: tuple[Literal["Extreme", "Severe", "Moderate", "Minor"], ...]
    remind_minutes: Annotated[float, Field(gt=0, le=24 * 60)]
    expire_minutes: Annotated[float, Field(gt=0, le=48 * 60)]
    in_unsafe_areas: bool

    @model_validator(mode="after")
    def _reminded_before_the_end(self) -> Self:
        if self.remind_minutes >= self.expire_minutes:
            raise ValueError("remind_minutes must be less than expire_minutes")
        return self


class AskBackSettings(Section):
    """Whether a reporter is asked for what the report leaves open."""

    enabled: bool
    minutes: Annotated[float, Field(gt=0, le=24 * 60)]
    in_unsafe_areas: bool


class SilenceSettings(Section):
    """When it means something that nobody writes."""

    answer_hours: Annotated[float, Field(gt=0, le=7 * 24)]
    days: Annotated[int, Field(ge=7, le=366)]
    chance: Annotated[float, Field(gt=0, le=0.1)]


class RiskSettings(Section):
    """When an area's week has more incidents than its own past explains."""

    weeks: Annotated[int, Field(ge=2, le=26)]
    chance: Annotated[float, Field(gt=0, lt=0.5)]
    least: Annotated[int, Field(ge=1, le=1000)]


class DispatchSettings(Section):
    """How deliveries leave."""

    batch: Annotated[int, Field(ge=1, le=1000)]
    lease_s: Annotated[float, Field(ge=5, le=3600)]
    attempts: Annotated[int, Field(ge=1, le=50)]
    backoff_s: Annotated[float, Field(ge=0.1, le=3600)]
    lower_share: Annotated[float, Field(ge=0, le=0.5)]
    failures: Annotated[int, Field(ge=1, le=100)]
    stall_s: Annotated[float, Field(ge=0.5, le=60)]
    probe_s: Annotated[float, Field(ge=1, le=3600)]
    hedge_s: Annotated[float, Field(ge=0, le=3600)]
    doubt_s: Annotated[float, Field(ge=10, le=3600)]
    radius_m: Annotated[int, Field(ge=100, le=500_000)]


class JobSettings(Section):
    """How often the background looks."""

    sweep_s: Annotated[float, Field(ge=0.1, le=60)]
    take_in_batch: Annotated[int, Field(ge=1, le=10_000)]
    escalate: bool


class RetentionSettings(Section):
    """How long things are kept."""

    messages_days: Annotated[int, Field(ge=1)]
    deliveries_days: Annotated[int, Field(ge=1)]


class MapSettings(Section):
    """What lies under the maps; without tiles the countries' outlines alone."""

    tiles: str
    credit: str

    @field_validator("tiles")
    @classmethod
    def _an_address(cls, tiles: str) -> str:
        fields = all(field in tiles for field in ("{z}", "{x}", "{y}"))
        if tiles and not (tiles.startswith(("https://", "http://", "/")) and fields):
            raise ValueError('expected an address such as "https://…/{z}/{x}/{y}.png", or ""')
        return tiles


class WebSettings(Section):
    """The web server and its sessions."""

    threads: Annotated[int, Field(ge=2, le=256)]
    workers: Annotated[int, Field(ge=0, le=64)]
    session_minutes: Annotated[int, Field(ge=5, le=60 * 24 * 7)]
    signin_attempts: Annotated[int, Field(ge=3, le=100)]
    metrics_token: SecretStr
    proxies: Annotated[int, Field(ge=0, le=5)]


class Settings(BaseSettings):
    """All settings; build it with `load_settings`, which reports every mistake at once."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    service_name: Annotated[str, Field(min_length=1, max_length=30)]
    public_url: Annotated[str, Field(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$")]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    languages: Annotated[tuple[str, ...], Field(min_length=1)]
    timezone: str
    var: Path
    database: DatabaseSettings
    keys: KeySettings
    providers: Annotated[dict[str, ProviderSettings], Field(min_length=1)]
    routes: Annotated[tuple[Route, ...], Field(min_length=1)]
    policy: PolicySettings
    approval_rules: tuple[ApprovalRule, ...]
    break_glass: BreakGlassSettings
    area: AreaSettings
    lint: LintSettings
    campaigns: CampaignSettings
    feeds: FeedSettings
    rota: tuple[Shift, ...]
    escalation: EscalationSettings
    gazetteer: GazetteerSettings
    matching: MatchingSettings
    inquiries: InquirySettings
    ask_back: AskBackSettings
    silence: SilenceSettings
    risk: RiskSettings
    dispatch: DispatchSettings
    jobs: JobSettings
    retention: RetentionSettings
    web: WebSettings
    map: MapSettings

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone not in _zones():
            raise ValueError('expected a name of the tz database such as "Africa/Nairobi"')
        return zone

    @field_validator("providers")
    @classmethod
    def _account_names(cls, providers: dict[str, ProviderSettings]) -> dict[str, ProviderSettings]:
        bad = [name for name in providers if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", name)]
        if bad:
            raise ValueError(f"account names are small letters, digits and hyphens, not {bad}")
        return providers

    def approvals_for(self, hazard: str, severity: str) -> int:
        """How many coordinators besides the submitter must say yes: the first rule that fits."""
        fitting = (rule.approvals for rule in self.approval_rules if rule.fits(hazard, severity))
        return next(fitting, self.policy.approvals)

    @property
    def prices(self) -> dict[str, float]:
        """What an SMS costs by each account, in their order; 0 where that is not known."""
        return {name: account.price for name, account in self.providers.items()}

    @property
    def only_simulated(self) -> bool:
        """True while no message can leave the machine."""
        return all(account.type == "simulator" for account in self.providers.values())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` hands in: the layers are merged before validation."""
        return (init_settings,)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from all layers; raises SettingsError with every mistake, one line each."""
    merged, problems = layers(os.environ if environ is None else environ)
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        raise SettingsError(problems + [_line(found) for found in error.errors()]) from None
    problems += _unknown_accounts(settings) + problems_of(settings.routes)
    problems += _open_simulators(settings)
    if problems:
        raise SettingsError(problems)
    return settings


def _line(found: Any) -> str:
    key = ".".join(str(part) for part in found["loc"])
    if found["type"] == "extra_forbidden":
        return f"{key}: there is no such setting; the shipped config/gateway.toml lists all"
    if found["type"] == "missing":
        return f"{key}: this setting is missing"
    variable = ENV_PREFIX + "__".join(str(part).upper() for part in found["loc"])
    return f"{key}: {found['msg'].removeprefix('Value error, ')} (also {variable})"


def _unknown_accounts(settings: Settings) -> list[str]:
    known = ", ".join(settings.providers)
    return [
        f"routes.{number}.accounts: there is no account '{account}' under [providers] ({known})"
        for number, route in enumerate(settings.routes)
        for account in route.accounts
        if account not in settings.providers
    ]


def _open_simulators(settings: Settings) -> list[str]:
    """Beside a real account an unsigned webhook would let anybody invent reports."""
    if settings.only_simulated:
        return []
    return [
        f"providers.{name}.auth_token: a simulator beside real accounts needs a token"
        for name, account in settings.providers.items()
        if account.type == "simulator" and not account.auth_token.get_secret_value()
    ]
