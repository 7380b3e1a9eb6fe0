"""The SMS companies we can speak to: the one list."""

from gateway.providers.base import Provider, ProviderConfig
from gateway.providers.gammu import Gammu
from gateway.providers.httpsms import HttpSms
from gateway.providers.simulator import Simulator
from gateway.providers.smsgate import SmsGate
from gateway.providers.smssync import SmsSync
from gateway.providers.twilio import Twilio

PROVIDERS: dict[str, type[Provider]] = {
    "twilio": Twilio,
    "smsgate": SmsGate,
    "httpsms": HttpSms,
    "smssync": SmsSync,
    "gammu": Gammu,
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
