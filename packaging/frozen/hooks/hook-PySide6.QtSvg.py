"""As PyInstaller's own, less the plug-ins and translations that nothing here uses, and what those would bring along."""

from PyInstaller.utils.hooks.qt import add_qt6_dependencies

from devtools.contents import is_used

hiddenimports, _binaries, _datas = add_qt6_dependencies(__file__)
binaries = [(source, folder) for source, folder in _binaries if is_used(f"{folder}/{source}")]
datas = [(source, folder) for source, folder in _datas if is_used(f"{folder}/{source}")]
