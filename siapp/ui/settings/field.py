"""One setting: its title, where the value comes from, the editor, and help or what is wrong beneath."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from siapp.core.i18n import _
from siapp.core.services.settings import Setting
from siapp.core.setting import Kind, Origin, Unit
from siapp.ui.settings.draft import Draft
from siapp.ui.settings.editors import Editor, editor_for
from siapp.ui.units import size_text
from siapp.ui.widgets.buttons import icon_button
from siapp.ui.widgets.labels import label, restyle
from siapp.ui.words import Words

HEAD_HEIGHT = 24
NOTE_HEIGHT = 18
ORIGINS = {
    Origin.DEFAULT: _("Default"),
    Origin.FILE: _("Set here"),
    Origin.DOTENV: _("From .env"),
    Origin.ENVIRONMENT: _("From the environment"),
    Origin.GIVEN: _("From the command line"),
}


class SettingField(QWidget):
    """Follows the draft: what is shown is what would be saved."""

    def __init__(self, words: Words, draft: Draft, setting: Setting) -> None:
        super().__init__()
        self.name = setting.name
        self._words, self._draft = words, draft
        self.editor: Editor = editor_for(words, setting)
        self.origin, self.pending = label(words, "", "chip"), label(words, _("At the next start"), "chip")
        self.changed = label(words, _("Not saved"), "chip")
        self.reset = icon_button(words, _("Back to the default"), "arrow-counter-clockwise", self._reset)
        self._note = label(words, "", "caption", wrap=True)
        self._wrong = self._editing = False
        self._compose(setting)
        self.setFocusProxy(self.editor)
        self.editor.edited.connect(self._edited)
        draft.changed.connect(self.show_state)
        words.follow(self, self.show_state, "state")

    @property
    def note(self) -> str:
        return self._note.text()

    @property
    def said(self) -> str:
        """All words that it can be found by: in this language, in English, and as the environment spells it."""
        setting, words = self._setting, self._words
        return " ".join((words(setting.title), words(setting.help), setting.title, setting.name, setting.variable))

    @property
    def _setting(self) -> Setting:
        return self._draft.setting(self.name)

    def fail(self, text: str) -> None:
        """What is wrong, in words, and the cursor in it."""
        self._wrong = True
        self._words.release(self._note, self._note.setText)
        self._note.setText(f"{text[:1].upper()}{text[1:]}")
        self._dress("error")
        self.editor.main.setFocus()

    def show_state(self) -> None:
        """As the draft has it now."""
        setting, is_changed = self._setting, self._draft.is_changed(self.name)
        if not self._editing and self._draft.value(self.name) != self.editor.value:
            self.editor.show_value(self._draft.value(self.name))
        self._words.bind(self.origin, self.origin.setText, ORIGINS[setting.origin])
        self.origin.setVisible(not is_changed)
        self.changed.setVisible(is_changed)
        self.pending.setVisible(not is_changed and setting.needs_restart)
        self.reset.setVisible(setting.editable)
        self.reset.setEnabled(self._can_reset())
        if self._wrong and is_changed:
            return
        self._wrong = False
        self._show_help(setting)

    def _compose(self, setting: Setting) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        title = label(self._words, setting.title, "strong")
        title.setBuddy(self.editor.main)
        self._words.bind(self.editor.main, self.editor.main.setAccessibleName, setting.title)
        head.addWidget(title)
        head.addStretch()
        for chip in (self.pending, self.changed, self.origin):
            head.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.reset)
        self.reset.setMinimumHeight(HEAD_HEIGHT)
        self.reset.setMaximumHeight(HEAD_HEIGHT + 8)
        self._note.setMinimumHeight(NOTE_HEIGHT)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.editor)
        column.addWidget(self._note)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def _edited(self) -> None:
        """Whoever empties a field to write something else must not find the default in it at once."""
        self._wrong, self._editing = False, True
        setting, value = self._setting, self.editor.value
        if value is None or (value == setting.default and setting.origin is Origin.FILE):
            self._draft.reset(self.name)
        else:
            self._draft.want(self.name, value)
        self._editing = False

    def _reset(self) -> None:
        self._wrong = False
        self._draft.reset(self.name)

    def _can_reset(self) -> bool:
        return self._setting.editable and (self._draft.is_changed(self.name) or self._setting.origin is Origin.FILE)

    def _show_help(self, setting: Setting) -> None:
        words = self._words
        text = words(setting.help)
        if setting.editable and setting.default is not None and setting.default != "" and setting.default != ():
            text += " " + words(_("Default: {value}"), value=_shown(setting))
        if setting.fixed and setting.origin.fixed:
            text += " " + words(setting.fixed, variable=setting.variable)
        words.release(self._note, self._note.setText)
        self._note.setText(text)
        self._dress("caption")

    def _dress(self, look: str) -> None:
        self._note.setProperty("look", look)
        self.editor.main.setProperty("wrong", look == "error")
        for widget in (self._note, self.editor.main):
            restyle(widget)


def _shown(setting: Setting) -> str:
    if setting.unit is Unit.BYTES and isinstance(setting.default, int):
        return size_text(setting.default) if setting.default else "0"
    if setting.kind is Kind.NUMBER and isinstance(setting.default, float):
        return f"{setting.default:g}"
    return ", ".join(setting.default) if isinstance(setting.default, tuple) else str(setting.default)
