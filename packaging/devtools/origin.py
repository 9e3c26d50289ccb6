"""Who answers for what is handed out, and where it is at home: what a maintainer has put into pyproject.toml.

    [project]
    maintainers = [{ name = "…", email = "…" }]
    urls = { Homepage = "https://…" }

Nothing else names either of them. Until they are set, packages carry a maintainer that nobody can write to and no
address, and the build says so.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from devtools.layout import SetupError

NOBODY: Final = "Agent Connector <nobody@agent-connector.invalid>"
"""For a field that may not be empty; `.invalid` is never a real domain (RFC 2606)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Both as they are written in a package; empty where they are not set."""

    maintainer: str
    homepage: str

    @property
    def missing(self) -> list[str]:
        """Sentences for a maintainer who has something to set yet."""
        said = []
        if not self.maintainer:
            said.append(f"No maintainer is set: the package names {NOBODY}. Set project.maintainers in pyproject.toml.")
        if not self.homepage:
            said.append("No homepage is set: the package names none. Set project.urls.Homepage in pyproject.toml.")
        return said


def origin_of(project_file: Path) -> Origin:
    """What *project_file* says.

    Raises:
        SetupError: It says it in another form than that above.
    """
    project: dict[str, Any] = tomllib.loads(project_file.read_text(encoding="utf-8"))["project"]
    people = project.get("maintainers") or [{}]
    try:
        name, email = people[0].get("name", ""), people[0].get("email", "")
        homepage = (project.get("urls") or {}).get("Homepage", "")
    except (AttributeError, KeyError) as error:
        raise SetupError(
            "project.maintainers is a list of tables, project.urls a table: see pyproject.toml."
        ) from error
    if bool(name) != bool(email):
        raise SetupError("A maintainer in pyproject.toml needs both a name and an email.")
    if any(sign in f"{name}{email}{homepage}" for sign in "<>\n"):
        raise SetupError("Neither maintainers nor urls in pyproject.toml may hold < or > or several lines.")
    return Origin(f"{name} <{email}>" if name else "", homepage)
