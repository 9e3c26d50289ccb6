"""Which way to hot keys serves where."""

from __future__ import annotations

import pytest

from connector_gui.system.system_hot_keys import Way, way


@pytest.mark.parametrize(
    ("platform", "qt", "environ", "chosen"),
    [
        ("linux", "xcb", {"DISPLAY": ":0"}, Way.X11),
        ("linux", "xcb", {"DISPLAY": ":0", "XDG_SESSION_TYPE": "x11"}, Way.X11),
        ("linux", "wayland", {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, Way.PORTAL),
        ("linux", "wayland-egl", {}, Way.PORTAL),
        ("linux", "xcb", {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, Way.PORTAL),
        ("linux", "xcb", {"DISPLAY": ":0", "XDG_SESSION_TYPE": "wayland"}, Way.PORTAL),
        ("linux", "offscreen", {"DISPLAY": ":0"}, Way.NONE),
        ("linux", "vnc", {}, Way.NONE),
        ("freebsd14", "xcb", {"DISPLAY": ":0"}, Way.X11),
        ("win32", "windows", {}, Way.WINDOWS),
        ("win32", "offscreen", {}, Way.NONE),
        ("darwin", "cocoa", {}, Way.MAC),
        ("darwin", "offscreen", {}, Way.NONE),
    ],
)
def test_each_system_has_its_way(platform: str, qt: str, environ: dict[str, str], chosen: Way) -> None:
    assert way(platform, qt, environ) is chosen
