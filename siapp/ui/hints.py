"""Why a camera gives no picture, by the codes of a check: in two words, and what to try."""

from siapp.core.domain import CheckCode
from siapp.core.i18n import _

_HEADS: dict[str, str] = {
    CheckCode.AUTH_FAILED: _("Login refused"),
    CheckCode.NOT_FOUND: _("No such stream"),
    CheckCode.TIMEOUT: _("No answer"),
    CheckCode.REFUSED: _("Connection refused"),
    CheckCode.DNS: _("Unknown host name"),
    CheckCode.NO_VIDEO: _("No video"),
    CheckCode.UNSUPPORTED: _("Not understood"),
    CheckCode.NETWORK: _("Connection broken"),
}
_HINTS: dict[str, str] = {
    CheckCode.AUTH_FAILED: _(
        "Type the user name and the password again; capital letters count. Many cameras have accounts of their own "
        "for RTSP or ONVIF, and lock one for some minutes after several wrong tries."
    ),
    CheckCode.NOT_FOUND: _(
        "The camera is there, but not this stream. Look the path up in its manual, for example "
        "/Streaming/Channels/101, /h264/ch1/main/av_stream or /stream1, and see that the stream is switched on."
    ),
    CheckCode.TIMEOUT: _(
        "Is the camera switched on, and in a network that this station reaches? Try its web page from this machine. "
        "Where a firewall is in between, it must let the port through."
    ),
    CheckCode.REFUSED: _(
        "A device is at this address, but nothing listens at this port. RTSP has 554 as a rule, RTSPS 322. "
        "Switch RTSP on in the camera's settings."
    ),
    CheckCode.DNS: _("Write the camera's number, such as 192.168.1.20, or ask whoever looks after the network."),
    CheckCode.NO_VIDEO: _(
        "This stream has only sound or data in it. Take the path of the camera's video stream, and set it to H.264, "
        "H.265 or MJPEG."
    ),
    CheckCode.UNSUPPORTED: _(
        "Is it the address of the stream, and not of the camera's web page? Set the camera to H.264, H.265 or MJPEG. "
        "With rtsps and https, try rtsp and http."
    ),
    CheckCode.NETWORK: _(
        "See to the cable or the wireless link. Many cameras allow a few connections only: close other programs that "
        "watch it."
    ),
}


def head_of(code: str) -> str:
    """In two words, for translation; nothing where the code is none of a check's."""
    return _HEADS.get(code, "")


def hint_of(code: str) -> str:
    """What to try, for translation; nothing where the code is none of a check's."""
    return _HINTS.get(code, "")
