"""What differs between platforms in how sound devices are listed."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Final

_PREFERRED: Final[Mapping[str, tuple[str, ...]]] = {
    # MME cuts names after 31 characters and adds 100 ms; WDM-KS takes a device away from everyone else.
    "win32": ("Windows WASAPI", "Windows DirectSound", "MME", "Windows WDM-KS"),
    "darwin": ("Core Audio",),
    # ALSA names the sound server's devices too (`pulse`, `default`), and PortAudio's packages have it everywhere.
    "linux": ("PulseAudio", "ALSA", "JACK Audio Connection Kit", "OSS"),
}

_MME_NAME_LENGTH: Final = 31

# ALSA lists every stage of its plug-in chains as a device: these are parts, or one card's single sockets, not
# something a person would choose.
_ALSA_PARTS: Final = re.compile(
    r"^(null|samplerate|speexrate|speex|lavrate|upmix|vdownmix|jack|oss|a52|usbstream|dmix|dsnoop|hw|plughw"
    r"|sysdefault|front|rear|center_lfe|side|surround\d+|iec958|spdif|modem|phoneline)(:|$)"
)


def by_preference(host_apis: set[str], platform: str = sys.platform) -> list[str]:
    """*host_apis* in the order in which to look for a device; those unknown here come last, by name."""
    preferred = _PREFERRED.get(platform, ())
    known = [name for name in preferred if name in host_apis]
    return known + sorted(host_apis.difference(known))


def is_for_people(host_api: str, device_name: str) -> bool:
    """Whether a device belongs into a list to choose from."""
    return host_api != "ALSA" or not _ALSA_PARTS.match(device_name)


def is_same_device(one: str, other: str) -> bool:
    """Whether two host APIs mean the same device; MME keeps only the first 31 characters of a name."""
    return one == other or (
        min(len(one), len(other)) == _MME_NAME_LENGTH and one[:_MME_NAME_LENGTH] == other[:_MME_NAME_LENGTH]
    )
