"""Where our requests go, and the address at which a company shall call us."""

from urllib.parse import quote, urlsplit

from gateway.providers.values import Outgoing, ProviderConfig


def rebased(url: str, config: ProviderConfig) -> str:
    """The company's own address, or the same path and query at the account's ``base_url``."""
    if not (url and config.base_url):
        return url
    _, _, rest = url.partition("://")
    host = urlsplit(url.partition("{{")[0]).netloc  # a template may go on with its places
    return config.base_url.rstrip("/") + rest.removeprefix(host)


def receipt_address(sms: Outgoing, config: ProviderConfig) -> str:
    """Our receipt door with the secret that `reading.check_secret` wants; empty where none is."""
    secret = config.options.get("webhook_secret", "")
    if not sms.receipt_url or not secret:
        return sms.receipt_url or ""
    glue = "&" if "?" in sms.receipt_url else "?"
    return f"{sms.receipt_url}{glue}key={quote(secret, safe='')}"
