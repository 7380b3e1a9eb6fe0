"""The settings of warnings: approvals, areas, checks, campaigns, feeds."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from gateway.plumbing.settings_section import Section

Severity = Literal["Extreme", "Severe", "Moderate", "Minor"]


class ApprovalRule(Section):
    """Another number of approvals for some hazards or severities; empty fits all."""

    hazard: str = ""
    severity: Severity | Literal[""] = ""
    approvals: Annotated[int, Field(ge=0, le=2)]

    def fits(self, hazard: str, severity: str) -> bool:
        """Whether it speaks of this warning."""
        return self.hazard in ("", hazard) and self.severity in ("", severity)


class BreakGlassSettings(Section):
    """Whether one coordinator alone may send a warning of imminent danger, after a countdown."""

    enabled: bool
    seconds: Annotated[int, Field(ge=10, le=1800)]
    severities: tuple[Severity, ...]


class AreaSettings(Section):
    """How wide the way ahead of a group is, and how fast it goes by its means of travel."""

    corridor_width_m: Annotated[int, Field(ge=500, le=50_000)]
    corridor_beyond_m: Annotated[int, Field(ge=0, le=100_000)]
    foot_kmh: Annotated[float, Field(gt=0, le=200)]
    horse_kmh: Annotated[float, Field(gt=0, le=200)]
    boat_kmh: Annotated[float, Field(gt=0, le=200)]
    vehicle_kmh: Annotated[float, Field(gt=0, le=200)]

    def speed_kmh(self, travel: str | None) -> float:
        """By motor where nobody says how they travel: better too early than too late."""
        speed: float = getattr(self, f"{travel}_kmh", self.vehicle_kmh)
        return speed


class LintSettings(Section):
    """Where the do-no-harm checks draw their lines."""

    segments_gsm7: Annotated[int, Field(ge=1, le=6)]
    segments_ucs2: Annotated[int, Field(ge=1, le=6)]
    copied_words: Annotated[int, Field(ge=3, le=20)]
    least_witnesses: Annotated[int, Field(ge=1, le=1000)]
    blur_m: Annotated[int, Field(ge=500, le=50_000)]
    wider_than: Annotated[float, Field(ge=1, le=20)]
    alerts_per_day: Annotated[int, Field(ge=1, le=50)]


class CampaignSettings(Section):
    """How often one person hears from campaigns, and how long a missed date is still sent."""

    per_week: Annotated[int, Field(ge=1, le=50)]
    per_month: Annotated[int, Field(ge=1, le=200)]
    late_minutes: Annotated[float, Field(gt=0, le=7 * 24 * 60)]


class FeedSettings(Section):
    """Who may read the CAP feed: anybody, or whoever has the token."""

    public: bool
    token: SecretStr
    sender: Annotated[str, Field(pattern=r"^[^\s,<&]*$")]
    sign_key_file: str
    sign_cert_file: str
