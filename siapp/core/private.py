"""Files and folders that only their owner may read, as far as the system knows of owners."""

import logging
import os
from pathlib import Path

logger = logging.getLogger(__name__)


def close_to_others(*paths: Path) -> None:
    """Take from everybody else what they may do with each: folders become 0700, files 0600. A missing one is fine.

    What can't be changed (somebody else's, or a disk without such rights) is told in the log. Blocks.
    """
    if os.name == "nt":
        return  # rights come from the folder above there, which is the user's own
    for path in paths:
        try:
            wanted = 0o700 if path.is_dir() else 0o600
            if path.stat().st_mode & 0o777 != wanted:
                path.chmod(wanted)
        except FileNotFoundError:
            continue
        except OSError as error:
            logger.warning("%s may be readable by other users of this machine: %s", path.name, error.strerror)
