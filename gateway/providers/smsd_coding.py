"""Long SMS and their time to live in the octets of 3GPP TS 23.040, as SMSD's rows hold them."""

import zlib
from datetime import datetime

from gateway.providers.base import Part
from gateway.terms import gsm7


def part_of(header: str) -> Part | None:
    """Which part of a long message, by its user data header (3GPP TS 23.040, 9.2.3.24)."""
    try:
        raw = bytes.fromhex(header)
    except ValueError:
        return None
    at = 1
    while at + 2 <= len(raw):
        kind, length = raw[at], raw[at + 1]
        value = raw[at + 2 : at + 2 + length]
        if len(value) == length and (kind, length) in ((0x00, 3), (0x08, 4)):
            part = Part(value[:-2].hex(), value[-1], value[-2])
            return part if 1 <= part.number <= part.total and part.total > 1 else None
        at += 2 + length
    return None


def parts_of(text: str) -> list[str]:
    """The text in pieces of 153 septets or 67 units where one SMS is too small for it."""
    if gsm7.segments(text) == 1:
        return [text]
    unicode = gsm7.encoding_of(text) == "UCS-2"
    room = 67 if unicode else 153
    parts, used = [""], 0
    for letter in text:
        cost = 2 if letter > "\uffff" or (not unicode and letter in gsm7.EXTENSION) else 1
        if used + cost > room:
            parts.append("")
            used = 0
        parts[-1] += letter
        used += cost
    return parts


def headers(reference: str, total: int) -> list[str | None]:
    """The user data header of each part: a mark of the message, how many, which."""
    if total == 1:
        return [None]
    mark = zlib.crc32(reference.encode("utf-8", "replace")) & 0xFF
    return [f"050003{mark:02X}{total & 0xFF:02X}{n & 0xFF:02X}" for n in range(1, total + 1)]


def validity(expires_at: datetime | None, now: datetime) -> int:
    """TP-VP relative (3GPP TS 23.040, 9.2.3.12.1), the longest that ends in time; -1 is none."""
    if expires_at is None:
        return -1
    minutes = max(0.0, (expires_at - now).total_seconds() / 60)
    if minutes <= 12 * 60:
        return max(0, int(minutes / 5) - 1)
    if minutes <= 24 * 60:
        return 143 + int((minutes - 12 * 60) / 30)
    days = int(minutes / (24 * 60))
    if days < 2:
        return 167
    return 166 + min(30, days) if days < 35 else 192 + min(63, days // 7)
