"""What is handed out for Windows and macOS, and what makes it: as far as that can be told on any system."""

from __future__ import annotations

import os
import plistlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from connector_gui.app.command_line import parse
from connector_gui.core.call_link import SCHEME
from connector_gui.system.autostart import AT_LOGIN, RUN_KEY, RUN_VALUE
from connector_gui.system.link_scheme import CLASS_KEY
from devtools import package

ROOT = Path(__file__).parents[2]
INSTALLER = (ROOT / "packaging/windows/installer.iss").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
SIGNING = ROOT / "packaging/macos/sign_and_notarise.sh"


class TestWindows:
    def test_the_installer_writes_what_the_program_reads(self) -> None:
        lines = INSTALLER.replace("\\\n", "").splitlines()
        [start] = [line for line in lines if RUN_KEY in line and "ValueType: string" in line]
        assert f'ValueName: "{RUN_VALUE}"' in start
        assert f'ValueData: """{{app}}\\{{#Program}}"" {AT_LOGIN}"' in start
        assert [line for line in lines if f'"{CLASS_KEY}\\shell\\open\\command"' in line and '--link ""%1"""' in line]
        assert '"URL Protocol"; ValueData: ""' in INSTALLER
        assert SCHEME in CLASS_KEY

    def test_what_it_has_the_program_do_the_program_understands(self) -> None:
        asked = re.findall(r"Connector\('([^']+)'\)", INSTALLER)
        assert sorted(asked) == ["quit", "remove --yes", "remove --yes --data --keys"]
        for words in asked:
            assert parse(words.split()).word == words.split()[0]

    def test_each_sentence_of_its_own_is_in_each_language(self) -> None:
        languages = re.findall(r'^Name: "(\w+)"; MessagesFile', INSTALLER, re.MULTILINE)
        assert languages == ["en", "de", "es"]
        sentences = re.findall(r"^(\w\w)\.(\w+)=\S", INSTALLER, re.MULTILINE)
        assert {name for _, name in sentences} == {"Autostart", "RemoveData"}
        assert len(sentences) == len(set(sentences)) == 6


@pytest.mark.skipif(sys.platform == "win32", reason="a script of a shell")
class TestMac:
    """The script on a bundle of three files, with tools that only write down what they are asked."""

    TOOLS = ("codesign", "hdiutil", "ditto", "xcrun", "spctl")

    @pytest.fixture
    def tree(self, tmp_path: Path) -> Path:
        for name in ("Contents/MacOS/agent-connector", "Contents/Frameworks/libone.dylib", "Contents/Info.plist"):
            file = tmp_path / "dist" / "Agent Connector.app" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o755 if "MacOS" in name else 0o644)
        (tmp_path / "packaging/macos").mkdir(parents=True)
        shutil.copy(SIGNING, tmp_path / "packaging/macos")
        (tmp_path / "bin").mkdir()
        for tool in self.TOOLS:
            file = tmp_path / "bin" / tool
            file.write_text(f'#!/bin/sh\necho "{tool} $*" >> "{tmp_path}/asked"\n')
            file.chmod(0o755)
        return tmp_path

    def sign(self, tree: Path, **env: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
        done = subprocess.run(
            ["sh", tree / "packaging/macos/sign_and_notarise.sh", "0.2.0"],
            env={"PATH": f"{tree / 'bin'}:{os.environ['PATH']}", **env},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        asked = tree / "asked"
        return done, asked.read_text().splitlines() if asked.exists() else []

    def test_signs_from_the_inside_out_and_has_the_image_looked_through(self, tree: Path) -> None:
        done, asked = self.sign(tree, MACOS_SIGN_IDENTITY="Me", MACOS_NOTARY_PROFILE="p", MACOS_NOTARY_KEYCHAIN="/k c")
        assert done.returncode == 0, done.stderr
        signed = [line.split()[-1] for line in asked if line.startswith("codesign --force")]
        inner = "Connector.app/Contents"
        assert set(signed[:2]) == {f"{inner}/MacOS/agent-connector", f"{inner}/Frameworks/libone.dylib"}
        assert signed[2:] == ["Connector.app", f"dist/agent-connector-0.2.0-{os.uname().machine}.dmg"]
        verbs = [" ".join(line.split()[:2]) for line in asked[3:]]
        assert verbs[0] == "codesign --verify"
        assert verbs[1].startswith("ditto")
        assert verbs[2:] == [
            "hdiutil create",
            "codesign --force",
            "xcrun notarytool",
            "xcrun stapler",
            "spctl --assess",
        ]
        assert "--keychain-profile p --keychain /k c --wait" in asked[-3]

    def test_without_a_profile_it_stops_after_signing_and_says_so(self, tree: Path) -> None:
        done, asked = self.sign(tree, MACOS_SIGN_IDENTITY="Me")
        assert done.returncode == 0
        assert "not notarised" in done.stdout
        assert not [line for line in asked if line.startswith("xcrun")]

    def test_without_an_identity_or_a_bundle_it_does_nothing_and_says_why(self, tree: Path) -> None:
        done, asked = self.sign(tree)
        assert (done.returncode != 0, asked) == (True, [])
        assert "MACOS_SIGN_IDENTITY is not set" in done.stderr
        shutil.rmtree(tree / "dist")
        done, asked = self.sign(tree, MACOS_SIGN_IDENTITY="Me")
        assert (done.returncode, asked) == (1, [])
        assert "dev.py package" in done.stderr

    def test_the_bundle_is_sealed_again_once_the_terms_are_in(
        self, tree: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tree / "bin"))
        bundle = tree / "dist" / "Agent Connector.app"
        (tree / "terms").mkdir()
        (tree / "terms" / "LGPL-3.0.txt").write_text("terms")
        codesign = tree / "bin" / "codesign"
        # What is there when it is called is under the seal.
        codesign.write_text(
            f'#!/bin/sh\necho "$*" > "{tree}/asked"\n[ -f "$4/Contents/Resources/licences/LGPL-3.0.txt" ]\n'
        )
        package.complete_bundle(bundle, tree / "terms")
        assert (tree / "asked").read_text() == f"--force --sign - {bundle}\n"

    def test_the_microphone_is_among_what_it_is_signed_for(self) -> None:
        with (SIGNING.parent / "entitlements.plist").open("rb") as file:
            assert plistlib.load(file)["com.apple.security.device.audio-input"] is True


class TestWorkflow:
    def test_every_action_is_named_by_its_commit(self) -> None:
        used = re.findall(r"uses: (.*)", WORKFLOW)
        assert used
        assert [one for one in used if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []

    def test_secrets_go_into_the_environment_of_the_step_that_needs_them_and_nowhere_else(self) -> None:
        named = [line.strip() for line in WORKFLOW.splitlines() if "secrets." in line]
        assert named[0] == "HAS_CERTIFICATE: ${{ secrets.MACOS_CERTIFICATE != '' }}"
        assert named[1:]
        assert [line for line in named[1:] if not re.fullmatch(r"(\w+): \$\{\{ secrets\.\1 \}\}", line)] == []
        # Printing is the shell's own doing, no process of its own.
        commands = [line for line in WORKFLOW.splitlines() if re.search(r'"\$MACOS_\w+"', line)]
        told = [name for line in commands for name in re.findall(r'"\$(MACOS_\w+)"', line) if "printf" not in line]
        assert set(told) == {"MACOS_NOTARY_KEY", "MACOS_NOTARY_KEY_ID", "MACOS_NOTARY_ISSUER"}
        assert [line.strip() for line in commands if '"$MACOS_NOTARY_KEY"' in line and "printf" not in line] == [
            'if [ -z "$MACOS_NOTARY_KEY" ]; then exit 0; fi'
        ]

    def test_only_the_draft_may_write(self) -> None:
        assert re.findall(r"^ *(\w+): (read|write)$", WORKFLOW, re.MULTILINE) == [
            ("contents", "read"),
            ("contents", "write"),
        ]
        assert WORKFLOW.index("contents: write") > WORKFLOW.index("\n  draft:\n")
        assert WORKFLOW.count("actions/checkout@") == WORKFLOW.count("persist-credentials: false")
