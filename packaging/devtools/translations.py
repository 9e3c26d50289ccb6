"""Texts for translators: collects them from the sources, and packs what was translated.

    python3 packaging/dev.py translations

writes resources/translations/*.ts anew (what was translated stays) and makes the *.qm files of them that the
program reads. Run it after a text for the operator was added or changed; a test fails until it is done.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "de", "es")
PLURALS_ONLY: Final = frozenset({"en"})
"""The language that the program is written in; only its plurals need a file."""
FOLDER: Final = Path("resources", "translations")


def ts_file(root: Path, language: str) -> Path:
    """The texts of *language*."""
    return root / FOLDER / f"agent-connector_{language}.ts"


def collect(root: Path, language: str, into: Path) -> None:
    """Bring the texts in *into* up to date with the sources below *root*.

    Raises:
        subprocess.CalledProcessError: Qt's tool failed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        settings = Path(scratch, "settings.py")
        settings.write_text(_settings_texts(), encoding="utf-8")
        sources = [*sorted((root / "connector_gui").rglob("*.py")), settings]
        listed = Path(scratch, "sources.lst")
        listed.write_text("\n".join(str(source) for source in sources), encoding="utf-8")
        options = ["-no-obsolete", "-locations", "none", "-tr-function-alias", "tr+=sentence"]
        options += ["-source-language", "en", "-target-language", language]
        options += ["-pluralonly"] if language in PLURALS_ONLY else []
        _qt_tool("lupdate", *options, f"@{listed}", "-ts", str(into))


def pack(texts: Path, into: Path) -> None:
    """Make the file that the program reads of the finished translations in *texts*.

    Raises:
        subprocess.CalledProcessError: Qt's tool failed.
    """
    _qt_tool("lrelease", "-silent", str(texts), "-qm", str(into))


def main(root: Path) -> None:
    """Do both for every language."""
    for language in LANGUAGES:
        texts = ts_file(root, language)
        texts.parent.mkdir(parents=True, exist_ok=True)
        collect(root, language, texts)
        pack(texts, texts.with_suffix(".qm"))


def _settings_texts() -> str:
    """What the settings' schema says for people, as a source that Qt's tool can read."""
    from connector_gui.core.settings import Settings

    fields = Settings.model_fields.values()
    texts = {text for field in fields for text in (field.title, field.description) if text}
    return "\n".join(f"tr({text!r})" for text in sorted(texts))


def _qt_tool(name: str, *arguments: str) -> None:
    import PySide6

    folder = Path(PySide6.__file__).parent
    # Beside the libraries on Windows and Linux; on macOS a bundle of its own.
    program = next(
        (one for one in (folder / name, folder / f"{name}.exe", folder / "Qt" / "libexec" / name) if one.is_file()),
        folder / name,
    )
    subprocess.run(
        [str(program), *arguments], check=True, stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
