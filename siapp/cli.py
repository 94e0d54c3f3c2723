"""The command line: siapp | serve | demo | analyze | bench | optimize | doctor | user ... | audit ... |
settings ...

Each command imports what it needs, when it runs: workers are spawned through this module too.
"""

import argparse
import asyncio
import getpass
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from siapp import __version__
from siapp.core.errors import SiappError
from siapp.core.i18n import _, terminal_language

if TYPE_CHECKING:
    from siapp.core.settings import Settings

GOOD, FAILED, INTERRUPTED = 0, 1, 130
_ROLES = ("viewer", "operator", "admin")

_UNFORESEEN = _("Something went wrong that siapp did not foresee ({kind}). SIAPP_LOG_LEVEL=DEBUG shows more.")


def run(arguments: list[str]) -> int:
    """Run one command. The answer is the process's exit code; errors are one sentence on stderr."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except SiappError as error:
        return _failed(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a person gets a sentence, who wants more asks for it
        return _failed(SiappError("unforeseen", _UNFORESEEN, kind=type(error).__name__))


def _failed(error: SiappError) -> int:
    if os.environ.get("SIAPP_LOG_LEVEL", "").upper() == "DEBUG":
        traceback.print_exc()
    print(f"siapp: {error.text(terminal_language())}", file=sys.stderr)
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="siapp", description="Cameras in, detections out.")
    parser.add_argument("--version", action="version", version=f"siapp {__version__}")
    _add_station_options(parser)
    parser.set_defaults(command=_desktop)
    commands = parser.add_subparsers(metavar="COMMAND")
    # Left out after the command, an option keeps what stands before it: a default would silently put it back.
    serve = commands.add_parser("serve", help="run without a window", argument_default=argparse.SUPPRESS)
    _add_station_options(serve)
    serve.set_defaults(command=_serve)
    demo = commands.add_parser(
        "demo",
        help="try it: a bundled clip as a camera, a small algorithm, a running task",
        argument_default=argparse.SUPPRESS,
    )
    demo.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    demo.add_argument("--port", type=_port, help="port to listen on (default 8000, or the next free one)")
    demo.add_argument("--headless", action="store_true", default=False, help="no window, even where there is a display")
    demo.set_defaults(command=_demo)
    _add_analyze(commands.add_parser("analyze", help="run a video file through a weight file"))
    _add_optimize(commands.add_parser("optimize", help="bring a weight file to INT8, calibrated on a video"))
    _add_bench(commands.add_parser("bench", help="measure siapp beside ultralytics and the usual loop, here"))
    doctor = commands.add_parser(
        "doctor",
        help="what this machine has, and what stands against a start",
        argument_default=argparse.SUPPRESS,
    )
    _add_station_options(doctor)
    _add_doctor(doctor)
    _add_user_commands(commands.add_parser("user", help="manage accounts on this machine"))
    _add_audit_commands(commands.add_parser("audit", help="who did what: verify and export it"))
    _add_settings_commands(commands.add_parser("settings", help="what the settings page changes, on this machine"))
    return parser


def _add_station_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=_port, help="port to listen on (default 8000)")
    parser.add_argument("--data-dir", type=Path, help="folder of the database, weights, videos and results")


def _add_analyze(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("video", type=Path, metavar="VIDEO")
    parser.add_argument("--weights", type=Path, required=True, metavar="FILE", help=".pt, .onnx or OpenVINO .zip")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the results go")
    parser.add_argument("--confidence", type=_fraction, default=0.25)
    parser.add_argument("--iou", type=_fraction, default=0.7)
    parser.add_argument("--keyframes", type=_positive, default=30, metavar="N", help="a key frame every N frames")
    parser.add_argument("--no-video", action="store_true", help="detections and key frames only")
    parser.set_defaults(command=_analyze)


def _add_optimize(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--weights", type=Path, required=True, metavar="FILE", help=".pt, .onnx or OpenVINO .zip")
    parser.add_argument("--video", type=Path, required=True, metavar="VIDEO", help="what its cameras will see")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip", help="the INT8 network, to be uploaded")
    parser.add_argument("--frames", type=_positive, default=300, metavar="N", help="pictures to take (default 300)")
    parser.set_defaults(command=_optimize)


def _add_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("video", type=Path, nargs="?", metavar="VIDEO", help="default: the bundled clip")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="default: the bundled ones")
    parser.add_argument("--out", type=Path, default=Path("siapp-bench"), metavar="DIR", help="default: ./siapp-bench")
    parser.add_argument("--python", type=Path, metavar="PATH", help="of an environment with ultralytics, to compare")
    parser.add_argument("--quick", action="store_true", help="one short round: for a first look")
    parser.add_argument(
        "--only", nargs="+", choices=("recorded", "start", "viewers", "cameras", "loops"), metavar="PART",
        help="of: recorded, start, viewers, cameras, loops",
    )  # fmt: skip
    parser.set_defaults(command=_bench)


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", default=False, help="without measuring the devices")
    parser.add_argument(
        "--weights", type=Path, default=None, metavar="FILE", help="what to measure with (default: the demo's)"
    )
    parser.set_defaults(command=_doctor)


def _add_user_commands(parser: argparse.ArgumentParser) -> None:
    user = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = user.add_parser("list", help="all accounts with their role and status")
    listing.set_defaults(command=_list_users)
    add = user.add_parser("add", help="add an approved account; the password is asked for")
    add.add_argument("name")
    add.add_argument("--role", choices=_ROLES, default="viewer")
    add.set_defaults(command=_add_user)
    role = user.add_parser("role", help="give an account another role")
    role.add_argument("name")
    role.add_argument("role", choices=_ROLES)
    role.set_defaults(command=_set_role)
    status = user.add_parser("status", help="approve, reject or disable an account")
    status.add_argument("name")
    status.add_argument("status", choices=("approved", "pending", "rejected", "disabled"))
    status.set_defaults(command=_set_status)
    password = user.add_parser("password", help="a new password, which is asked for; every session ends")
    password.add_argument("name")
    password.set_defaults(command=_set_password)
    for command in (listing, add, role, status, password):
        _add_data_dir(command)


def _add_audit_commands(parser: argparse.ArgumentParser) -> None:
    audit = parser.add_subparsers(required=True, metavar="COMMAND")
    verify = audit.add_parser("verify", help="whether an entry was changed, removed or put in between")
    verify.set_defaults(command=_verify_audit)
    export = audit.add_parser("export", help="all entries as CSV, newest first")
    export.add_argument("file", type=Path, metavar="FILE")
    export.set_defaults(command=_export_audit)
    for command in (verify, export):
        _add_data_dir(command)


def _add_settings_commands(parser: argparse.ArgumentParser) -> None:
    settings = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = settings.add_parser("list", help="all settings with their values, and where they come from")
    listing.set_defaults(command=_list_settings)
    change = settings.add_parser("set", help="another value, from the next start on")
    change.add_argument("name", metavar="NAME")
    change.add_argument("value", metavar="VALUE")
    change.set_defaults(command=_set_setting)
    reset = settings.add_parser("reset", help="back to the default, from the next start on")
    reset.add_argument("names", metavar="NAME", nargs="+")
    reset.set_defaults(command=_reset_settings)
    for command in (listing, change, reset):
        _add_data_dir(command)


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, default=argparse.SUPPRESS, help="the station's data folder")


def _desktop(options: argparse.Namespace) -> int:
    from siapp.app import desktop
    from siapp.core.settings import load_settings
    from siapp.ui.display import display_available

    if not display_available():
        print("siapp: there is no display here; `siapp serve` runs without one.", file=sys.stderr)
        return FAILED
    _keep_private()
    return desktop(load_settings(host=options.host, port=options.port, data_dir=options.data_dir), _say)


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _serve(options: argparse.Namespace) -> int:
    from siapp.app import serve
    from siapp.core.settings import load_settings

    _keep_private()
    settings = load_settings(host=options.host, port=options.port, data_dir=options.data_dir)
    return asyncio.run(serve(settings, _announce))


def _keep_private() -> None:
    """What a station writes is for its owner's eyes. Not so what a person has `analyze` or `export` write."""
    os.umask(0o077)


def _announce(address: str, needs_admin: bool) -> None:
    print(f"siapp is at {address}", flush=True)
    if needs_admin:
        print("Nobody can administer it yet: siapp user add NAME --role admin", flush=True)


def _demo(options: argparse.Namespace) -> int:
    from siapp.demo import run_demo

    _keep_private()
    return run_demo(host=options.host, port=options.port, headless=options.headless)


def _analyze(options: argparse.Namespace) -> int:
    from siapp.analyze import run_analyze

    # A request to end is answered like Ctrl+C: workers and temporary files go first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(asyncio.run(run_analyze(options)))
    return GOOD


def _optimize(options: argparse.Namespace) -> int:
    from rich.console import Console

    from siapp.optimize import run_optimize

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    Console().print(asyncio.run(run_optimize(options)))
    return GOOD


def _bench(options: argparse.Namespace) -> int:
    from siapp.bench.run import run_bench

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run_bench(options)
    return GOOD


def _doctor(options: argparse.Namespace) -> int:
    from siapp.core.settings import load_settings
    from siapp.doctor import run_doctor

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = load_settings(host=options.host, port=options.port, data_dir=options.data_dir)
    return asyncio.run(run_doctor(options, settings))


def _add_user(options: argparse.Namespace) -> int:
    from siapp.core.domain import Role
    from siapp.upkeep import add_user

    password = _asked_password()
    user = asyncio.run(add_user(_station_settings(options), options.name, password, Role(options.role)))
    print(f"{user.username} is {user.role}")
    return GOOD


def _list_users(options: argparse.Namespace) -> int:
    from siapp.upkeep import list_users

    for user in asyncio.run(list_users(_station_settings(options))):
        print(f"{user.username}\t{user.role}\t{user.status}")
    return GOOD


def _set_role(options: argparse.Namespace) -> int:
    from siapp.core.domain import Role
    from siapp.upkeep import set_role

    user = asyncio.run(set_role(_station_settings(options), options.name, Role(options.role)))
    print(f"{user.username} is {user.role}")
    return GOOD


def _set_status(options: argparse.Namespace) -> int:
    from siapp.core.domain import AccountStatus
    from siapp.upkeep import set_status

    user = asyncio.run(set_status(_station_settings(options), options.name, AccountStatus(options.status)))
    print(f"{user.username} is {user.status}")
    return GOOD


def _set_password(options: argparse.Namespace) -> int:
    from siapp.upkeep import set_password

    user = asyncio.run(set_password(_station_settings(options), options.name, _asked_password()))
    print(f"{user.username} has a new password")
    return GOOD


def _verify_audit(options: argparse.Namespace) -> int:
    from siapp.upkeep import verify_audit

    found = asyncio.run(verify_audit(_station_settings(options)))
    if found.first_fault is not None:
        print(f"The audit does not hold: entry {found.first_fault} was changed or is missing.", file=sys.stderr)
        return FAILED
    print(f"The audit holds: {found.entries} entries, the newest is {found.newest} {found.newest_hash}")
    return GOOD


def _export_audit(options: argparse.Namespace) -> int:
    from siapp.upkeep import export_audit

    print(f"{asyncio.run(export_audit(_station_settings(options), options.file))} entries")
    return GOOD


def _list_settings(options: argparse.Namespace) -> int:
    from siapp.upkeep import list_settings

    for one in asyncio.run(list_settings(_station_settings(options))):
        shown = ", ".join(one.value) if isinstance(one.value, tuple) else "" if one.value is None else one.value
        print(f"{one.name}\t{shown}\t{one.origin}")
    return GOOD


def _set_setting(options: argparse.Namespace) -> int:
    return _change_settings(options, {options.name: options.value})


def _reset_settings(options: argparse.Namespace) -> int:
    return _change_settings(options, dict.fromkeys(options.names))


def _change_settings(options: argparse.Namespace, changes: dict[str, str | None]) -> int:
    from siapp.upkeep import change_settings

    asyncio.run(change_settings(_station_settings(options), changes))
    print("It counts from the next start of siapp on.")
    return GOOD


def _station_settings(options: argparse.Namespace) -> "Settings":
    from siapp.core.settings import load_settings

    return load_settings(data_dir=options.data_dir)


def _asked_password() -> str:
    """Typed unseen at a terminal, read as a line from a pipe; nothing where the input ends, which is then refused."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    try:
        return getpass.getpass("Password: ")
    except EOFError:
        return ""


def _port(text: str) -> int:
    return _whole(text, 0, 65535)


def _positive(text: str) -> int:
    return _whole(text, 1, 1_000_000)


def _whole(text: str, least: int, most: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"a whole number from {least} to {most}")
    return number


def _fraction(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError("a number from 0 to 1")
    return number
