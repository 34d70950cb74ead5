"""Quiet hours: whether nothing may sound now, and when that changes (S13). Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.site import QuietHours


def is_quiet(hours: QuietHours | None, now_ms: int) -> bool:
    """Return whether a moment, UTC milliseconds, lies in the quiet part of its local day."""
    if hours is None:
        return False
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(hours.zone))
    minute = local.hour * 60 + local.minute
    if hours.from_min < hours.to_min:
        return hours.from_min <= minute < hours.to_min
    return minute >= hours.from_min or minute < hours.to_min


def next_change_ms(hours: QuietHours, now_ms: int) -> int:
    """Return the next moment at which quiet begins or ends, later than `now_ms`, UTC milliseconds."""
    zone = ZoneInfo(hours.zone)
    today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone).date()
    moments = (
        datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone)
        for day in (today, today + timedelta(days=1))
        for minutes in (hours.from_min, hours.to_min)
    )
    return min(ms for moment in moments if (ms := round(moment.timestamp() * 1000)) > now_ms)
