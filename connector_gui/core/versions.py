"""Which of two versions is newer, by the rules of Python's packages (PEP 440).

1.0.dev1 < 1.0a1.dev1 < 1.0a1 < 1.0b1 < 1.0rc1 < 1.0 < 1.0.post1 < 1.1
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_VERSION_CHARS: Final = 64

_VERSION: Final = re.compile(
    r"""v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)
    (?:[-_.]?(?P<stage>alpha|a|beta|b|preview|pre|rc|c)[-_.]?(?P<stage_number>[0-9]*))?
    (?:-(?P<bare_post>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post>[0-9]*))?
    (?:[-_.]?(?P<dev>dev)[-_.]?(?P<dev_number>[0-9]*))?
    (?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?""",
    re.VERBOSE | re.IGNORECASE,
)
_STAGES: Final = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_FINAL: Final = (3, 0)
_DEV_ALONE: Final = (-1, 0)


@dataclass(frozen=True, order=True, slots=True)
class Version:
    """A version that can be compared; what is built from it locally (``+…``) does not count."""

    epoch: int
    release: tuple[int, ...]
    stage: tuple[int, int]
    post: int
    dev: float

    @property
    def is_final(self) -> bool:
        """It is meant for everybody."""
        return self.stage == _FINAL and self.dev == float("inf")


def parse_version(text: str) -> Version:
    """*text* as a version.

    Raises:
        ValueError: It is none.
    """
    found = _VERSION.fullmatch(text.strip()) if len(text) <= MAX_VERSION_CHARS and text.isascii() else None
    if found is None:
        raise ValueError("no version")
    release = tuple(int(part) for part in found["release"].split("."))
    while len(release) > 1 and release[-1] == 0:
        release = release[:-1]  # 1.0 is 1
    post = found["bare_post"] if found["post"] is None else found["post"] or "0"
    is_dev_alone = found["dev"] is not None and found["stage"] is None and post is None
    stage = _DEV_ALONE if is_dev_alone else _FINAL
    if found["stage"] is not None:
        stage = (_STAGES[found["stage"].lower()], int(found["stage_number"] or 0))
    return Version(
        int(found["epoch"] or 0),
        release,
        stage,
        -1 if post is None else int(post),
        float("inf") if found["dev"] is None else int(found["dev_number"] or 0),
    )


def is_news(offered: str, current: str) -> bool:
    """Whether *offered* is for those who have *current*: newer, and no trial version unless they have one.

    Raises:
        ValueError: *offered* is no version.
    """
    new, old = parse_version(offered), parse_version(current)
    return new > old and (new.is_final or not old.is_final)
