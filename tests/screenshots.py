"""Draws every window and state in light, dark and high contrast, at 200 % and in German, on the virtual desktop.

    python -m tests.screenshots [FOLDER [LANGUAGE]]

Writes PNG files to FOLDER (``docs/images`` when left out), of one LANGUAGE where it is named. Clock, calls and
levels are always the same, so a picture changes only when a window does.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from PySide6.QtCore import QEventLoop, QPoint, QRect, QTimer
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from connector_gui.core.call import CallState, Outcome
from connector_gui.core.history import HistoryIndex
from connector_gui.core.level import Level
from connector_gui.core.line_setting import parse_lines
from connector_gui.core.look import AccentColor, Choice, ColorScheme, Language, Look
from connector_gui.core.presence import Wish
from connector_gui.core.sentence import joined, sentence
from connector_gui.core.settings import Settings
from connector_gui.core.sound_check import CheckStep, EchoFigures, SoundCheck, VoiceFigures
from connector_gui.core.view import CallView, DeskView, Levels, Speaker, WrapUp
from connector_gui.system.freedesktop_notices import FreedesktopNotices
from connector_gui.ui import strip_words
from connector_gui.ui.activity.window import ActivityWindow
from connector_gui.ui.card_window import CardWindow
from connector_gui.ui.colours import DARK, LIGHT, Colours
from connector_gui.ui.desk_menu import DeskMenu
from connector_gui.ui.history.window import HistoryWindow
from connector_gui.ui.icon import ROLES, SIZES, Glyph, Ground, Shape, draw_glyph, glyph_colour
from connector_gui.ui.notices import ring_notice
from connector_gui.ui.panel import Panel
from connector_gui.ui.panel_place import DEFAULT_SIZE
from connector_gui.ui.settings_dialog import SettingsDialog, SettingsPage
from connector_gui.ui.settings_pages.key_state import KeyShown
from connector_gui.ui.settings_pages.lines_page import LinesPage
from connector_gui.ui.setup.window import SetupWindow
from connector_gui.ui.status_window import StatusWindow
from connector_gui.ui.theme import Theme
from connector_gui.ui.translation import Translation
from connector_gui.ui.tray import Tray
from connector_gui.ui.tray_host import system_tray_host
from connector_gui.ui.widgets.approval_card import GUARD_MS
from tests.fakes import status
from tests.fakes.activity import activity
from tests.fakes.desk_views import (
    NOW,
    TOOLS,
    TRANSCRIPT,
    WEBHOOK_URL,
    ended,
    held,
    idle,
    on_line,
    question,
    recent_calls,
    ringing,
    round_trips,
    talking,
)
from tests.fakes.history import AGENTS, index_of, made, wave
from tests.fakes.settings_dialog import Shown
from tests.rig import screenshot

FOLDER: Final = Path(__file__).parents[1] / "docs" / "images"
LANGUAGES: Final = {
    Language.ENGLISH: ("1", "2"),
    Language.GERMAN: ("1",),
}
"""Which are drawn, and at which scales; in English in every look, in the others in the light one."""
LOOKS: Final = {
    "light": Look(ColorScheme.LIGHT, AccentColor.OWN, Choice.OFF),
    "dark": Look(ColorScheme.DARK, AccentColor.OWN, Choice.OFF),
    "contrast": Look(ColorScheme.DARK, AccentColor.OWN, Choice.ON),
}
NOW_S: Final = 161.0
"""What the windows' clock says; calls of `desk_views` started at 0."""
LEVELS: Final = (Levels(Level(-7, -12), Level(-38, -46)), Levels(Level(-9, -18), Level(-32, -40)))
WEBHOOK_BASE: Final = WEBHOOK_URL.removesuffix("/webhook/initiate-call")
TESTED: Final = joined(
    [
        sentence("Listening at {url}.", url=WEBHOOK_BASE),
        sentence("The key “{name}” was accepted in {ms} ms.", name="default", ms=4),
        sentence("Calls can be placed."),
    ]
)
PROBLEM: Final = sentence(
    "Port {port} is taken by {program}, so no calls can come in. Close that program, or set PORT to another number: "
    "{free} is free.",
    port=8000,
    program=sentence("another program"),
    free=8001,
)
LOCKED: Final = sentence(
    "The system's keyring is locked. Unlock it and press Try again, or enter the key for this session only."
)
FOUND: Final = joined(
    [
        sentence("ElevenLabs takes this key."),
        sentence("{count} agents found: {names}.", count=3, names="Billing, Support, Dispatch"),
    ]
)
FIXED: Final = sentence("Set by {name}", name=sentence("{name} in the environment", name="LOG_LEVEL"))

SUPPORT: Final[Any] = {"agent_name": "Support", "metadata": {"name": "Jo Park"}}
OTHERS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"agent_name": "Orders", "metadata": {"customer": "Ana Ruiz"}},
    {"agent_name": "Wiedervorlage und Rückfragen", "metadata": {"name": "Friedrich-Wilhelm Oberhuber"}},
    {"agent_name": "Survey", "metadata": {}},
)
LINES: Final = ("Softphone", "Conference")
MICROPHONES: Final = ("USB headset", "Built-in microphone", "Cable B output")
SPEAKERS: Final = ("USB headset", "Built-in speakers", "Cable A input")
SET_LINES: Final = parse_lines(
    [
        {
            "name": "Softphone",
            "input_device": "Cable B output",
            "output_device": "Cable A input",
            "auto_answer": True,
            "rules": [{"agent_id": "agent_123"}, {"metadata": {"queue": "night"}, "min_priority": 5}],
        },
        {"name": "Conference", "input_device": "Cable D output", "output_device": "Cable C input"},
    ]
)
ROUND_TRIPS: Final = round_trips(*[42, 40, 44, 60, 52, 41, 45, 48, 120, 300, 90, 60] * 5, 480)
PANELS: Final[dict[str, DeskView]] = {
    "first-start": idle(is_practice=True),
    "idle": idle(recent=recent_calls()),
    "do-not-disturb": idle(recent=recent_calls(), is_do_not_disturb=True),
    "no-calls-until": idle(
        recent=recent_calls(), is_do_not_disturb=True, quiet=Wish.HALF_HOUR, quiet_until=NOW + timedelta(minutes=25)
    ),
    "wrap-up": idle(last_ended=ended(), wrap_up=WrapUp(NOW_S + 38, 60)),
    "no-calls-in-call": idle(
        calls=(talking(speaker=Speaker.AGENT, round_trip_ms=42),),
        is_do_not_disturb=True,
        quiet_until=NOW + timedelta(minutes=25),
    ),
    "answers-by-itself": idle(calls=(ringing(until_s=NOW_S + 27, answers_at_s=NOW_S + 3),)),
    "problem": idle(recent=recent_calls(), problems=(PROBLEM,), webhook_url=None),
    "ringing": idle(calls=(ringing(until_s=NOW_S + 24),)),
    "ringing-two": idle(calls=(ringing(until_s=NOW_S + 24), ringing("b", until_s=NOW_S + 28, **SUPPORT))),
    "connecting": idle(calls=(talking(CallState.CONNECTING, transcript=()),)),
    "in-call": idle(calls=(talking(speaker=Speaker.OPERATOR, round_trip_ms=42, tentative_text="The one from"),)),
    "tool-question": idle(
        calls=(
            talking(
                round_trip_ms=42,
                round_trips=ROUND_TRIPS[:-1],
                tool_calls=TOOLS,
                approvals=(question(),),
                transcript=(TRANSCRIPT[0].model_copy(update={"rating": "like"}), *TRANSCRIPT[1:]),
            ),
        )
    ),
    "with-a-person": idle(
        calls=(talking(speaker=Speaker.AGENT, is_human=True, round_trip_ms=480, round_trips=ROUND_TRIPS),)
    ),
    "muted-second-call": idle(
        calls=(
            talking(speaker=Speaker.AGENT, round_trip_ms=180, muted=True),
            ringing("b", until_s=NOW_S + 11, **SUPPORT),
        )
    ),
    "held": idle(calls=(held(),)),
    "several": idle(
        calls=(
            talking(speaker=Speaker.AGENT, round_trip_ms=42),
            ringing("b", until_s=NOW_S + 11, **SUPPORT),
            held(held_since_s=NOW_S - 45, hold_ends_s=NOW_S + 255, waiting_s=4.2),
            on_line(),
        )
    ),
    "eight": idle(
        calls=(
            talking(speaker=Speaker.AGENT, round_trip_ms=42, muted=True),
            *(held(f"crm-{number}", waiting_s=12.0 * number, **OTHERS[number]) for number in range(4)),
            *(on_line(name, name) for name in ("Softphone", "Conference", "Studio")),
        )
    ),
    "lines-alone": idle(recent=recent_calls(), calls=(on_line(), on_line("Conference", "crm-10", muted=True))),
    "ringing-with-lines": idle(calls=(ringing(until_s=NOW_S + 24), on_line())),
    "ended": idle(last_ended=ended()),
    "failed": idle(last_ended=ended(Outcome.FAILED)),
}

CARDS: Final[dict[str, tuple[CallView, ...]]] = {
    "card": (ringing(until_s=NOW_S + 24),),
    "card-answers-by-itself": (ringing(until_s=NOW_S + 27, answers_at_s=NOW_S + 3),),
    "card-three": (ringing(until_s=NOW_S + 9, **SUPPORT), ringing("b"), ringing("c")),
}

PLAYED: Final = {
    "transcript": TRANSCRIPT,
    "notes": "Wants a copy of the invoice by post.",
    "tags": ("vip", "follow-up"),
    "details": "done",
    "elevenlabs": {
        "status": "done",
        "summary": "The caller had paid already and asked which invoice the reminder was about. "
        "The agent named invoice 4711.",
        "call_successful": "success",
        "termination_reason": "Client disconnected",
        "cost": 312,
    },
}


def main(arguments: list[str]) -> int:
    """Draw on a desktop of its own at each scale."""
    if arguments[:1] == ["--draw"]:
        return draw(Path(arguments[1]), Language(arguments[2]))
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    rig = [sys.executable, "-m", "tests.rig", "--without-sound", "--keyring", "none"]
    for language in [Language(code) for code in arguments[1:2]] or LANGUAGES:
        for scale in LANGUAGES[language]:
            this = [sys.executable, "-m", "tests.screenshots", "--draw", str(folder.resolve()), language]
            env = {**os.environ, "QT_SCALE_FACTOR": scale, "TZ": "UTC"}
            subprocess.run([*rig, *this], env=env, check=True)
    # English pictures have no language in their names.
    shrink(folder, "*" if len(arguments) < 2 or arguments[1] == Language.ENGLISH else f"*-{arguments[1]}")
    return 0


def shrink(folder: Path, names: str) -> None:
    """Keep as many colours as windows have, which makes a third of it; drop the time of day from the files."""
    options = ["-strip", "-define", "png:exclude-chunks=date,time", "-dither", "None", "-colors", "192"]
    subprocess.run(["mogrify", *options, *(str(path) for path in folder.glob(f"{names}.png"))], check=True)


def draw(folder: Path, language: Language) -> int:
    """Draw all windows at the scale of this process."""
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    translation = Translation(language)
    translation.install()  # English has the plurals
    theme = Theme(app)
    is_large = app.devicePixelRatio() > 1
    is_translated = language is not Language.ENGLISH
    looks = LOOKS if not is_translated and not is_large else {language if is_translated else "200": LOOKS["light"]}
    for suffix, look in looks.items():
        theme.use(look)
        draw_cards(theme, folder, suffix)
        draw_panels(theme, folder, suffix)
        draw_settings(theme, folder, suffix)
        draw_setup(theme, folder, suffix)
        draw_activity(theme, folder, suffix)
        draw_presence_menu(theme, folder, suffix)
        draw_status(theme, folder, suffix)
        draw_history(theme, folder, suffix)
    if not is_large and not is_translated:
        draw_signs(folder / "tray-signs.png")
        theme.use(LOOKS["light"])
        draw_desktop(theme, folder / "desktop.png")
    return 0


def settle(seconds: float = 0.15) -> None:
    """Let windows be laid out and painted."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def save(image: QImage, path: Path) -> None:
    """Write *image*, without the transparency that no window here has."""
    assert image.convertToFormat(QImage.Format.Format_RGB32).save(str(path)), path


@contextmanager
def on_screen(window: QWidget) -> Iterator[QWidget]:
    try:
        yield window
    finally:
        window.hide()
        window.deleteLater()


def draw_cards(theme: Theme, folder: Path, suffix: str) -> None:
    for name, calls in CARDS.items():
        with on_screen(CardWindow(theme, lambda: NOW_S)) as window:
            assert isinstance(window, CardWindow)
            window.show_calls(calls, None, below_notices=False)
            settle()
            save(window.grab().toImage(), folder / f"{name}-{suffix}.png")


def draw_panels(theme: Theme, folder: Path, suffix: str) -> None:
    moment_s = [NOW_S]
    with on_screen(Panel(theme, lambda: moment_s[0], lambda: NOW)) as window:
        assert isinstance(window, Panel)
        window.open()
        window.resize(DEFAULT_SIZE)
        for name, view in PANELS.items():
            window.show_lines(LINES if strip_words.is_several(view) else ())
            window.show_view(view)
            for levels in LEVELS:
                window.show_levels(levels)
                for call in view.calls:
                    if call.line is not None:
                        window.show_line_levels(call.record.session_id, levels)
            settle(GUARD_MS / 1000 + 0.2 if window.call_page.approval.isVisible() else 0.4)
            save(window.grab().toImage(), folder / f"panel-{name}-{suffix}.png")


def draw_settings(theme: Theme, folder: Path, suffix: str) -> None:
    with on_screen(SettingsDialog(theme)) as dialog:
        assert isinstance(dialog, SettingsDialog)
        size = dialog.size()
        for page in SettingsPage:
            dialog.open_at(page)
            dialog.resize(size)
            dialog.show_settings(Shown(Settings(lines=SET_LINES), {"log_level": FIXED}))
            dialog.show_devices(MICROPHONES, SPEAKERS)
            dialog.show_webhook(WEBHOOK_BASE, None, {"default": SecretStr("ac_5J3mXw9Q")})
            dialog.show_webhook_test(TESTED, True)
            dialog.show_key_state(KeyShown.NONE, "")
            dialog.show_data_folder("/home/mara/.local/share/agent-connector")
            made = dialog.page(page)
            if isinstance(made, LinesPage):
                made.cards[0].try_microphone.click()
            for levels in LEVELS:
                dialog.show_level(levels.operator)
            settle()
            save(dialog.grab().toImage(), folder / f"settings-{page.name.lower()}-{suffix}.png")
        for name, text in {"found": "ring", "not-found": "coffee"}.items():
            dialog.search.setText(text)
            settle()
            save(dialog.grab().toImage(), folder / f"settings-{name}-{suffix}.png")


def draw_history(theme: Theme, folder: Path, suffix: str) -> None:
    calls = [made(number, NOW, per_day=8) for number in range(60)]
    with on_screen(HistoryWindow(theme, NOW.date)) as window:
        assert isinstance(window, HistoryWindow)
        window.open()
        window.show_agents(AGENTS)
        window.show_index(HistoryIndex(), is_same_question=False)
        settle()
        save(window.grab().toImage(), folder / f"history-empty-{suffix}.png")
        window.show_index(index_of(calls), is_same_question=False)
        window.show_calls(0, calls)
        window.left.list.select_row(2)
        window.show_call(calls[1].model_copy(update=PLAYED), has_audio=True)
        window.show_peaks(calls[1].session_id, wave(), wave(is_agent=True))
        window.show_playback(12.4, True, None)
        settle()
        save(window.grab().toImage(), folder / f"history-{suffix}.png")
        found = [call for call in calls if call.metadata["name"] == "Jo Park"]
        window.left.filters.search.setText("jo park")
        window.show_index(index_of(found), is_same_question=False)
        window.show_calls(0, found)
        window.left.list.select_row(window.left.rows.row_of("call-15") or 1)
        failed = next(call for call in found if call.session_id == "call-15")
        window.show_call(failed.model_copy(update={"transcript": TRANSCRIPT[:3]}), has_audio=False)
        settle()
        save(window.grab().toImage(), folder / f"history-search-{suffix}.png")


CHECKED: Final = {
    "sound-good": SoundCheck(EchoFigures(-71, -18, -52, 34, 86), VoiceFigures(-27), 60),
    "sound-poor": SoundCheck(EchoFigures(-58, -9, -24, 15, 260), VoiceFigures(-48), 60),
}


def draw_setup(theme: Theme, folder: Path, suffix: str) -> None:
    """The guided start, page by page."""
    with on_screen(SetupWindow(theme)) as window:
        assert isinstance(window, SetupWindow)
        window.show_settings(Shown())
        window.show_key_state(KeyShown.NONE, "")
        size = window.size()
        window.open_at("key")
        window.resize(size)  # also where the screen is too small for it
        window.show_webhook(WEBHOOK_BASE, None, {"default": SecretStr("key-of-the-dialer")})
        window.show_devices(["Built-in Audio", "Jabra Evolve 65"], ["Built-in Audio", "Jabra Evolve 65", "HDMI"])
        settle()
        save(window.grab().toImage(), folder / f"setup-key-{suffix}.png")
        window.show_key_state(KeyShown.LOCKED, LOCKED)
        settle()
        save(window.grab().toImage(), folder / f"setup-key-locked-{suffix}.png")
        window.show_key_state(KeyShown.KEYRING, "")
        window.show_key_check(FOUND, is_good=True)
        settle()
        save(window.grab().toImage(), folder / f"setup-key-found-{suffix}.png")
        window.next.click()
        window.show_devices(["Built-in Audio", "Jabra Evolve 65"], ["Built-in Audio", "Jabra Evolve 65", "HDMI"])
        window.show_level(Level(-14, -21))
        pictures: dict[str, CheckStep | SoundCheck] = {"sound-running": CheckStep.OPERATOR, **CHECKED}
        for name, news in pictures.items():
            window.show_check(news)
            settle()
            save(window.grab().toImage(), folder / f"setup-{name}-{suffix}.png")
        window.next.click()
        window.show_webhook_test(TESTED, is_good=True)
        settle()
        save(window.grab().toImage(), folder / f"setup-webhook-{suffix}.png")
        window.next.click()
        settle()
        save(window.grab().toImage(), folder / f"setup-last-{suffix}.png")


def draw_presence_menu(theme: Theme, folder: Path, suffix: str) -> None:
    menu = DeskMenu(theme)
    menu.show_view(idle(is_do_not_disturb=True, quiet=Wish.UNTIL_BACK))
    for one in (menu, menu.presence):
        one.ensurePolished()
        one.adjustSize()
    with on_screen(menu):
        save(side_by_side(menu.grab().toImage(), menu.presence.grab().toImage()), folder / f"menu-{suffix}.png")


def side_by_side(left: QImage, right: QImage) -> QImage:
    """A menu, and the one that it opens at its side."""
    both = QImage(
        left.width() + right.width(), max(left.height(), right.height()), QImage.Format.Format_ARGB32_Premultiplied
    )
    both.fill(left.pixelColor(left.width() // 2, 2))
    painter = QPainter(both)
    for image, place in ((left, 0), (right, left.width())):
        image.setDevicePixelRatio(1)
        painter.drawImage(place, 0, image)
    painter.end()
    return both


def draw_status(theme: Theme, folder: Path, suffix: str) -> None:
    with on_screen(StatusWindow(theme)) as window:
        assert isinstance(window, StatusWindow)
        size = window.size()
        window.open()
        window.resize(size)
        for name, lines in (("well", status.well()), ("problems", status.ill())):
            window.show_status(lines, status.ABOUT, "")
            settle()
            save(window.grab().toImage(), folder / f"status-{name}-{suffix}.png")


def draw_activity(theme: Theme, folder: Path, suffix: str) -> None:
    with on_screen(ActivityWindow(theme)) as window:
        assert isinstance(window, ActivityWindow)
        size = window.size()
        window.open()
        window.resize(size)
        settle()
        save(window.grab().toImage(), folder / f"activity-empty-{suffix}.png")
        window.show_address(WEBHOOK_BASE)
        window.show_activity(activity())
        for row, name in ((0, "placed"), (1, "refused")):
            window.list.setCurrentIndex(window.rows.index(row, 0))
            settle()
            save(window.grab().toImage(), folder / f"activity-{name}-{suffix}.png")


def draw_signs(path: Path) -> None:
    """Every sign at every size, on light, dark and unknown panels."""
    glyphs = [*(Glyph(shape, step=1) for shape in Shape), Glyph(Shape.IDLE, has_dot=True)]
    grounds = ((Ground.LIGHT, LIGHT), (Ground.DARK, DARK), (Ground.UNKNOWN, LIGHT), (Ground.UNKNOWN, DARK))
    cell, gap = max(SIZES) + 16, 8
    height = sum(size + gap for size in SIZES) + gap
    image = QImage(len(glyphs) * cell, height * len(grounds), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for row, (ground, colours) in enumerate(grounds):
        painter.fillRect(QRect(0, row * height, image.width(), height), _panel_colour(ground, colours))
        top = row * height + gap
        for size in SIZES:
            for column, glyph in enumerate(glyphs):
                ink, dot = glyph_colour(ROLES[glyph.shape], ground), glyph_colour("error", ground)
                place = QPoint(column * cell + (cell - size) // 2, top)
                painter.drawPixmap(place, draw_glyph(glyph, size, ink, dot))
            top += size + gap
    painter.end()
    save(image, path)


def _panel_colour(ground: Ground, colours: Colours) -> QColor:
    return QColor("#2D2D2D") if ground is Ground.UNKNOWN and colours.is_dark else colours.surface


def draw_desktop(theme: Theme, path: Path) -> None:
    """A call rings: tray, notification and card, as they stand on the screen."""
    tray, host = Tray(theme), system_tray_host()
    loop = QEventLoop()
    host.found.connect(tray.show)
    host.found.connect(loop.quit)
    host.start()
    loop.exec()
    view = idle(calls=(ringing(until_s=time.monotonic() + 24.9),))
    with on_screen(CardWindow(theme)) as card, asyncio.Runner() as runner:
        assert isinstance(card, CardWindow)
        tray.show_view(view)
        card.show_calls(view.ringing, None, below_notices=True)
        service = FreedesktopNotices()
        runner.run(service.send(ring_notice(view)))
        settle(1.0)
        screenshot(path)
        runner.run(service.withdraw(ring_notice(view).key))
        runner.run(service.aclose())
    tray.hide()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
