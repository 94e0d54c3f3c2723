"""The button that offers the other language, in its own words."""

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QObject, Qt, QTranslator
from PySide6.QtWidgets import QApplication, QToolButton

from siapp.core.i18n import Language, _
from siapp.ui.icons import SIZE, explain, icon
from siapp.ui.theme import apply_script
from siapp.ui.words import Words


def other_language(words: Words) -> Language:
    """The one that is not shown now."""
    return Language.ENGLISH if words.language is Language.CHINESE else Language.CHINESE


class LanguageButton(QToolButton):
    """Switches between Chinese and English at once."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.setProperty("look", "plain")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIcon(icon("translate", "muted"))
        self.setIconSize(SIZE)
        explain(words, self, _("Switch the language"))
        words.follow(self, lambda: self.setText(other_language(words).native_name))
        self.clicked.connect(lambda _checked=False: words.switch(other_language(words)))


class QtWords(QObject):
    """What Qt itself says, in menus of text fields and in its own file dialog, in the window's language."""

    def __init__(self, words: Words, parent: QObject) -> None:
        super().__init__(parent)
        self._words = words
        self._chinese = QTranslator(self)
        self._chinese.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
        words.follow(self, self._write)

    def _write(self) -> None:
        app, chinese = QApplication.instance(), self._words.language is Language.CHINESE
        if isinstance(app, QApplication):
            apply_script(app, western=not chinese)
        if chinese:
            QCoreApplication.installTranslator(self._chinese)
        else:
            QCoreApplication.removeTranslator(self._chinese)
