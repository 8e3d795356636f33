"""How long to wait before the next attempt."""

from __future__ import annotations

import email.utils
import random
import time
from typing import Final

__all__ = ["Backoff"]

_FIRST_SECONDS: Final = 0.25
_MAX_SECONDS: Final = 15.0
_MAX_ASKED_SECONDS: Final = 60.0


class Backoff:
    """Counts attempts and waits between them: doubled each time, with a random share so that many do not come at once.

    Args:
        attempts: how many attempts there are in all.
    """

    def __init__(self, attempts: int) -> None:
        self._left = max(1, attempts) - 1
        self._seconds = _FIRST_SECONDS

    def wait(self, retry_after: str | None = None) -> bool:
        """Wait for the next attempt; False, at once, where there is none left.

        Args:
            retry_after: what the server asked for (RFC 9110, 10.2.3: seconds or a date); up to a minute is granted.
        """
        if self._left <= 0:
            return False
        self._left -= 1
        asked = _parse_retry_after(retry_after)
        # Not for secrets: it only spreads the load.
        drawn = self._seconds * random.uniform(0.5, 1.0)  # noqa: S311
        time.sleep(drawn if asked is None else min(asked, _MAX_ASKED_SECONDS))
        self._seconds = min(self._seconds * 2, _MAX_SECONDS)
        return True


def _parse_retry_after(text: str | None) -> float | None:
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = email.utils.parsedate_to_datetime(text)
        return max(0.0, moment.timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return None
