"""The SMS companies we can speak to: the one list."""

from gateway.providers.base import Provider, ProviderConfig
from gateway.providers.infobip import Infobip
from gateway.providers.simulator import Simulator
from gateway.providers.twilio import Twilio

PROVIDERS: dict[str, type[Provider]] = {
    "twilio": Twilio,
    "infobip": Infobip,
    "simulator": Simulator,
}


def build(config: ProviderConfig) -> Provider:
    """Raises ValueError for a type that is not in PROVIDERS or an account that lacks options."""
    if config.type not in PROVIDERS:
        known = ", ".join(sorted(PROVIDERS))
        raise ValueError(
            f"account {config.account!r}: unknown provider type {config.type!r} (known: {known})"
        )
    return PROVIDERS[config.type](config)
