"""Counters for /metrics; labels name accounts and kinds, never people."""

from prometheus_client import Counter, Histogram

RECEIVED = Counter("gateway_messages_received", "Messages kept", ["account"])
DUPLICATES = Counter("gateway_messages_duplicate", "Messages delivered again", ["account"])
REFUSED = Counter("gateway_webhooks_refused", "Webhooks refused", ["account", "why"])
PROCESSED = Counter("gateway_messages_processed", "Messages read", ["kind"])  # or exercise
FAILED = Counter("gateway_messages_failed", "Messages that could not be read")
SUBMITTED = Counter("gateway_sms_submitted", "SMS taken by a provider", ["account"])
SEND_ERRORS = Counter("gateway_sms_errors", "SMS a provider did not take", ["account", "error"])
DOUBTS = Counter("gateway_sms_doubts_settled", "Doubts settled", ["account", "how"])
RECEIPTS = Counter("gateway_receipts", "Receipts kept", ["account", "state"])
UNDERSTANDING = Histogram("gateway_understanding_seconds", "Time to read one message")
