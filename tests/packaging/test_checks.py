"""What `dev.py test` runs, and what it makes of a step that fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from devtools.checks import Step, run_steps, steps_of_bench, steps_of_n8n, steps_of_test
from devtools.layout import Layout

ROOT = Path("/project")


def names(steps: list[Step]) -> list[str]:
    return [step.name for step in steps]


def test_checks_come_before_the_tests() -> None:
    assert names(steps_of_test(Layout(ROOT), [])) == ["lint", "format", "types", "imports", "tests"]


def test_arguments_go_to_pytest_alone() -> None:
    *checks, tests = steps_of_test(Layout(ROOT), ["tests/core", "-x"])
    assert list(tests.command)[-2:] == ["tests/core", "-x"]
    assert not any("tests/core" in step.command for step in checks)


@pytest.mark.parametrize("argument", ["--help", "--collect-only"])
def test_a_question_to_pytest_is_answered_alone(argument: str) -> None:
    assert names(steps_of_test(Layout(ROOT), [argument])) == ["tests"]


def test_on_linux_the_tests_run_in_the_rig_and_insist_on_it() -> None:
    tests = steps_of_test(Layout(ROOT, "linux"), [])[-1]
    assert list(tests.command)[1:5] == ["-m", "tests.rig", ROOT / ".venv/bin/python", "-m"]
    assert tests.env == {"CONNECTOR_TEST_RIG": "required"}


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_elsewhere_the_tests_run_off_screen(platform: str) -> None:
    tests = steps_of_test(Layout(ROOT, platform), [])[-1]
    assert list(tests.command)[1:] == ["-m", "pytest"]
    assert tests.env == {"QT_QPA_PLATFORM": "offscreen"}


def test_a_real_n8n_is_installed_before_its_tests_which_know_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RIG_N8N_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    install, tests = steps_of_n8n(Layout(ROOT, "linux"), ["--n8n", "-x"])
    assert list(install.command)[1:] == ["-m", "tests.rig.n8n_install"]
    assert list(tests.command)[-4:] == ["-m", "pytest", "tests/n8n", "-x"]
    assert install.env == {"RIG_N8N_DIR": str(Path("/cache/rig-n8n"))}
    assert tests.env == {**install.env, "CONNECTOR_TEST_RIG": "required"}


def test_the_bench_takes_the_figures_asked_for_or_everything() -> None:
    layout = Layout(ROOT)
    (figures,) = steps_of_bench(layout, ["--only", "start"])
    assert list(figures.command) == [layout.python, "-m", "tests.bench", "--only", "start"]
    assert names(steps_of_bench(layout, [])) == ["figures", "official SDK"]


def step(name: str, status: int) -> Step:
    return Step(name, [sys.executable, "-c", f"print('{name} ran'); raise SystemExit({status})"])


def test_a_failed_step_is_named_and_the_others_still_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_steps(Layout(tmp_path), [step("one", 0), step("two", 3), step("three", 0)]) == 1
    said = capfd.readouterr().out
    assert all(f"{name} ran" in said for name in ("one", "two", "three"))
    assert "=== two: FAILED (3) after" in said
    assert said.splitlines()[-1] == "Failed: two"


def test_steps_that_need_each_other_stop_at_the_first_failure(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_steps(Layout(tmp_path), [step("one", 3), step("two", 0)], stops_at_failure=True) == 1
    assert "two ran" not in capfd.readouterr().out


@pytest.mark.parametrize("status", [130, 143])
def test_nothing_is_run_after_an_interrupted_step(
    status: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_steps(Layout(tmp_path), [step("one", status), step("two", 0)]) == 1
    said = capfd.readouterr().out
    assert "two ran" not in said
    assert said.splitlines()[-1] == "Failed: one"


def test_when_nothing_failed_it_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_steps(Layout(tmp_path), [step("one", 0), step("two", 0)]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "Nothing failed: one, two"


def test_a_step_gets_its_environment_beside_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OURS", "here")
    code = "import os; print(os.environ['OURS'], os.environ['ITS'])"
    assert run_steps(Layout(tmp_path), [Step("look", [sys.executable, "-c", code], {"ITS": "too"})]) == 0
    assert "here too" in capfd.readouterr().out
