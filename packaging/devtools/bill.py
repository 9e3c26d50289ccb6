"""What a build is made of: a bill of materials in CycloneDX's form, and the folder of everybody's terms."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from devtools.distributions import Distribution
from devtools.layout import Layout, SetupError
from devtools.version import Version

# Libraries inside the packages that have a name, faults and terms of their own: file in the build, name, terms.
_NATIVE: Final = (
    (r"(lib)?Qt6?Core\b.*", "Qt", "LGPL-3.0-only"),
    (r"libicuuc\.so\.\d+", "ICU", "Unicode-3.0"),
    (r"libscipy_openblas.*", "OpenBLAS", "BSD-3-Clause"),
    (r"(lib)?sndfile.*", "libsndfile", "LGPL-2.1-or-later"),
    (r"(lib)?portaudio.*", "PortAudio", "MIT"),
    (r"(lib)?livekit_ffi.*", "LiveKit FFI", "Apache-2.0"),
    (r"(lib)?(ssl|crypto)[.-].*", "OpenSSL", "Apache-2.0"),
    (r"(lib)?sqlite3\..*", "SQLite", "blessing"),
)
_PURL_NAME: Final = re.compile(r"[-_.]+")
# So that one version always has the same serial number.
_NAMESPACE: Final = uuid.UUID("6b8f2f52-6a63-5f0c-9c0e-1f9f3c1a7c11")


def write_licences(layout: Layout, folder: Path, parts: Sequence[Distribution]) -> None:
    """Fill *folder* anew with the terms of everything inside.

    Raises:
        SetupError: A package brings no terms, and none are kept here for it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    kept = layout.root / "packaging" / "frozen" / "licences"
    shutil.copytree(kept, folder)
    shutil.copy(layout.root / "LICENSE", folder / "AGENT-CONNECTOR.txt")
    shutil.copy(_python_licence(), folder / "PYTHON.txt")
    for part in parts:
        own = folder / f"{part.name}-{part.version}"
        for file in part.licence_files:
            target = own / _place(file)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        if not part.licence_files and not _is_kept(part, kept):
            raise SetupError(f"{part.name} {part.version} ({part.licence}) comes without its licence.")
    lines = [f"{part.name} {part.version}: {part.licence}" for part in parts]
    (folder / "BILL.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _is_kept(part: Distribution, kept: Path) -> bool:
    """Whether the text of the terms on which *part* is used lies in the folder *kept*."""
    return any(file.stem in part.licence for file in kept.glob("*.txt"))


def _place(file: Path) -> Path:
    """Where a licence goes in its package's folder: below ``licenses`` as it was, else by its name."""
    parts = file.parts
    return Path(*parts[parts.index("licenses") + 1 :]) if "licenses" in parts else Path(file.name)


def _python_licence() -> Path:
    library = Path(json.__file__).parents[1]
    places = (library / "LICENSE.txt", Path(sys.base_prefix) / "LICENSE.txt", Path("/usr/share/doc/python3/copyright"))
    for place in places:
        if place.is_file():
            return place
    raise SetupError("Python's own licence was not found beside it.")


def document(version: Version, parts: Sequence[Distribution], build: Path) -> dict[str, Any]:
    """The bill of the build in the folder *build*, as CycloneDX 1.6 has it.

    Source: https://cyclonedx.org/docs/1.6/json/
    """
    main = f"pkg:generic/agent-connector@{version.text}"
    components = [_python(), *map(_component, parts), *_native_libraries(build)]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{version.text} {sys.platform}')}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(version.epoch_s, UTC).isoformat().replace("+00:00", "Z"),
            "component": {
                "type": "application", "bom-ref": main, "name": "agent-connector", "version": version.text,
                "licenses": [{"license": {"id": "MIT"}}],
            },
        },
        "components": components,
        "dependencies": [{"ref": main, "dependsOn": sorted(component["bom-ref"] for component in components)}],
    }  # fmt: skip


def _component(part: Distribution) -> dict[str, Any]:
    purl = f"pkg:pypi/{_PURL_NAME.sub('-', part.name).lower()}@{part.version}"
    made = {"type": "library", "bom-ref": purl, "name": part.name, "version": part.version, "purl": purl}
    return {**made, "licenses": [{"expression": part.licence}]} if part.licence else made


def _python() -> dict[str, Any]:
    number = ".".join(map(str, sys.version_info[:3]))
    reference = f"pkg:generic/python@{number}"
    return {
        "type": "platform", "bom-ref": reference, "name": "Python", "version": number, "purl": reference,
        "licenses": [{"license": {"id": "PSF-2.0"}}],
    }  # fmt: skip


def _native_libraries(build: Path) -> list[dict[str, Any]]:
    found = []
    for pattern, name, licence in _NATIVE:
        for file in sorted(path for path in build.rglob("*") if path.is_file() and not path.is_symlink()):
            if re.fullmatch(pattern, file.name):
                place = file.relative_to(build).as_posix()
                content = hashlib.sha256(file.read_bytes()).hexdigest()
                found.append({
                    "type": "library", "bom-ref": f"file:{place}", "name": name, "description": place,
                    "licenses": [{"license": {"id": licence}}], "hashes": [{"alg": "SHA-256", "content": content}],
                })  # fmt: skip
    return found
