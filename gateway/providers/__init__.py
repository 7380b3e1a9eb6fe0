"""The SMS companies we can speak to: the one list."""

from gateway.providers.africastalking import AfricasTalking
from gateway.providers.base import Provider, ProviderConfig
from gateway.providers.clickatell import Clickatell
from gateway.providers.gammu import Gammu
from gateway.providers.hormuud import Hormuud
from gateway.providers.http import Http
from gateway.providers.httpsms import HttpSms
from gateway.providers.infobip import Infobip
from gateway.providers.jasmin import Jasmin
from gateway.providers.kannel import Kannel
from gateway.providers.messagebird import MessageBird
from gateway.providers.mtn import Mtn
from gateway.providers.plivo import Plivo
from gateway.providers.simulator import Simulator
from gateway.providers.sinch import Sinch
from gateway.providers.smsgate import SmsGate
from gateway.providers.smssync import SmsSync
from gateway.providers.telesom import Telesom
from gateway.providers.telnyx import Telnyx
from gateway.providers.twilio import Twilio
from gateway.providers.vonage import Vonage

PROVIDERS: dict[str, type[Provider]] = {
    "twilio": Twilio,
    "infobip": Infobip,
    "africastalking": AfricasTalking,
    "telnyx": Telnyx,
    "vonage": Vonage,
    "plivo": Plivo,
    "messagebird": MessageBird,
    "sinch": Sinch,
    "clickatell": Clickatell,
    "smsgate": SmsGate,
    "httpsms": HttpSms,
    "smssync": SmsSync,
    "gammu": Gammu,
    "hormuud": Hormuud,
    "telesom": Telesom,
    "mtn": Mtn,
    "kannel": Kannel,
    "jasmin": Jasmin,
    "http": Http,
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
