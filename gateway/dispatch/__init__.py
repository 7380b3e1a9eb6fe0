"""From an approved alert to the phones and back: audience, outbox, pacing, sending, receipts."""
