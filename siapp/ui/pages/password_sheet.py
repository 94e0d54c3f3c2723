"""Change one's own password."""

from siapp.core.errors import InvalidInput, SiappError
from siapp.core.i18n import _
from siapp.core.services.accounts import Identity
from siapp.ui.desk import Desk
from siapp.ui.session import ADDRESS
from siapp.ui.widgets.buttons import ProgressButton
from siapp.ui.widgets.labels import label
from siapp.ui.widgets.password import NewPasswordField, PasswordField
from siapp.ui.widgets.sheet import Sheet


class PasswordSheet(Sheet):
    """Every other session of the account ends; this one goes on."""

    def __init__(self, desk: Desk, identity: Identity) -> None:
        super().__init__(desk.words, _("Change password"))
        self._desk, self._identity = desk, identity
        words = desk.words
        self.body.addWidget(
            label(words, _("You stay signed in here. Everywhere else this account is signed out."), "muted", wrap=True)
        )
        self.body.addSpacing(8)
        self.current = PasswordField(words, _("Current password"))
        self.new = NewPasswordField(words, _("New password"), lambda: identity.user.username)
        self.again = PasswordField(words, _("New password again"))
        for field in (self.current, self.new, self.again):
            self.body.addWidget(field)
        self.body.addStretch()
        self.save_button = ProgressButton(
            words, _("Change password"), _("Changing …"), self.save, look="primary", cancel=False
        )
        self.set_buttons(primary=self.save_button)
        self.begin_at(self.current)

    def save(self) -> None:
        if self.new.text != self.again.text:
            self.again.fail(self.words(_("The two passwords differ.")))
            return
        work = self._desk.services.accounts.change_password(self._identity, self.current.text, self.new.text, ADDRESS)
        self._desk.operations.run(self, "password", work, self._saved, failed=self._fail, busy=self.save_button)

    def _saved(self, _nothing: None) -> None:
        self._desk.done(_("Your password is changed. Everywhere else you are signed out."))
        self.closed.emit()

    def _fail(self, error: SiappError) -> None:
        blamed = isinstance(error, InvalidInput) and error.field == "new_password"
        (self.new if blamed else self.current).fail(self.words.error(error))
