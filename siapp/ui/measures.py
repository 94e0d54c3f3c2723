"""Times and sizes as people read them. Digits stand where they stood: nothing jumps while a figure counts."""

KILO = 1000


def clock(seconds: float) -> str:
    """0:07, 12:30, 1:02:03."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def exact_clock(seconds: float) -> str:
    """0:07.24: with hundredths."""
    hundredths = max(0, int(seconds * 100 + 1e-6))
    return f"{clock(hundredths // 100)}.{hundredths % 100:02d}"


def file_size(size: int) -> str:
    """In the unit that suits it: 320 B, 4.1 kB, 12.0 MB, 1.2 GB."""
    if size < KILO:
        return f"{size} B"
    value, units = size / KILO, ["kB", "MB", "GB", "TB"]
    while value >= KILO - 0.05 and len(units) > 1:
        value /= KILO
        units.pop(0)
    return f"{value:.1f} {units[0]}"
