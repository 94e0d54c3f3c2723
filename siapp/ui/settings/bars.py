"""How much of something is used: a name, a figure in words and a quiet bar."""

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout

from siapp.ui.widgets.buttons import button
from siapp.ui.widgets.labels import label
from siapp.ui.words import Words

STEPS = 1000
HEAD_HEIGHT = 24


class Bar(QFrame):
    """`verb` and `on_click`: where it can be made less."""

    def __init__(self, words: Words, name: str, verb: str = "", on_click: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.figure, self.bar = QLabel("–"), QProgressBar()
        self.figure.setMinimumHeight(HEAD_HEIGHT)
        self.bar.setProperty("look", "quiet")
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        words.bind(self.bar, self.bar.setAccessibleName, name)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(words, name))
        head.addStretch()
        head.addWidget(self.figure)
        if verb:
            head.addWidget(button(words, verb, on_click, look="link"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.bar)

    def show_use(self, used: int, total: int, text: str) -> None:
        """`text`: the same in words. Without a total there is no share to show."""
        self.figure.setText(text)
        self.bar.setVisible(bool(total))
        self.bar.setValue(min(STEPS, round(STEPS * used / total)) if total else 0)
