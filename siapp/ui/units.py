"""Figures as people read them, the same in every language."""

_STEPS = ("B", "kB", "MB", "GB", "TB")
STEP = 1024


def size_text(count: int) -> str:
    """Bytes in the unit that leaves two to four figures: "12.4 GB"."""
    value, place = float(count), 0
    while value >= STEP and place < len(_STEPS) - 1:
        value, place = value / STEP, place + 1
    return f"{value:.0f} {_STEPS[place]}" if not place or value >= 100 else f"{value:.1f} {_STEPS[place]}"


def duration_text(seconds: float) -> str:
    """Hours, minutes and seconds: "0:05:12"; days before them where there are any: "3 d 0:05:12"."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    clock = f"{hour}:{minute:02}:{second:02}"
    return f"{days} d {clock}" if days else clock
