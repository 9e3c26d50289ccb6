"""The requests as rows, the newest on top; what is selected stays selected while new ones come."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush

from connector_gui.core.activity import Activity, ShownRequest
from connector_gui.ui.activity import words
from connector_gui.ui.history.outcome_signs import sign_pixmap
from connector_gui.ui.theme import TextSize, Theme

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole

TIME: Final = 0
REQUEST: Final = 1
ANSWER: Final = 2
KEY: Final = 3
SIGN_PX: Final = 14


class RequestModel(QAbstractTableModel):
    """All requests, or those that were refused."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[ShownRequest] = []
        self._tabular = theme.font(TextSize.BODY, tabular=True)
        theme.changed.connect(self._dress)

    def show_activity(self, activity: Activity, *, only_refused: bool) -> None:
        """Take on what has come since the last time, and drop what is no longer kept."""
        rows = [one for one in activity.requests if one.is_refused or not only_refused]
        newest = self._rows[0].number if self._rows else 0
        fresh = [one for one in rows if one.number > newest]
        kept = {one.number for one in rows}
        still = [one for one in self._rows if one.number in kept]
        if [*fresh, *still] != rows or self._rows[: len(still)] != still:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        if len(still) < len(self._rows):
            self.beginRemoveRows(QModelIndex(), len(still), len(self._rows) - 1)
            self._rows = still
            self.endRemoveRows()
        if fresh:
            self.beginInsertRows(QModelIndex(), 0, len(fresh) - 1)
            self._rows = rows
            self.endInsertRows()

    def request(self, row: int) -> ShownRequest | None:
        """The request in *row*."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, number: int) -> int | None:
        """Where the request of that *number* stands."""
        return next((row for row, one in enumerate(self._rows) if one.number == number), None)

    # --- what Qt asks of a model -------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if role == Role.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return (self.tr("Time"), self.tr("Request"), self.tr("Answer"), self.tr("Key"))[section]
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        request = self.request(index.row())
        if request is None:
            return None
        column = index.column()
        match role:
            case Role.DisplayRole:
                return _TEXTS[column](request)
            case Role.AccessibleTextRole if column == TIME:
                # A screen reader reads the first cell when the row is gone to: all of it at once.
                return ", ".join(text(request) for text in _TEXTS)
            case Role.ToolTipRole if column == ANSWER and request.reason:
                return words.tooltip(request)
            case Role.FontRole if column == TIME:
                return self._tabular
            case Role.ForegroundRole if column in {TIME, KEY}:
                return QBrush(self._theme.colours.muted)
            case Role.ForegroundRole if column == ANSWER:
                return QBrush(getattr(self._theme.colours, words.role(request)))
            case Role.DecorationRole if column == ANSWER:
                colour = getattr(self._theme.colours, words.role(request))
                return sign_pixmap(words.sign(request), SIGN_PX, colour, 2.0)
        return None

    def _dress(self) -> None:
        self._tabular = self._theme.font(TextSize.BODY, tabular=True)
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, KEY))


_TEXTS: Final = (words.time_of_day, words.title, words.answer, words.key)
