"""The same server on the window's loop: Qt's, through qasync."""

import time

from aiohttp import ClientSession, WSMsgType
from PySide6.QtWidgets import QApplication

from siapp.app import Station
from siapp.core.domain import Role
from siapp.core.settings import Settings
from siapp.net.server import Server
from siapp.ui.garbage import GarbageCollector
from siapp.ui.loop import Loop
from tests.net.conftest import PASSWORD, PATIENCE_S


async def use_the_server(settings: Settings) -> None:
    async with Station(settings) as station:
        await station.services.accounts.add_user("vera", PASSWORD, Role.VIEWER)
        server = Server(station.services, settings)
        async with ClientSession(await server.start()) as session:
            async with session.post("/token", data={"username": "vera", "password": PASSWORD}) as response:
                token = (await response.json())["access_token"]
            async with session.ws_connect("/ws/events") as socket:
                await socket.send_json({"token": token})
                assert (await socket.receive_json(timeout=PATIENCE_S))["type"] == "snapshot"
                began = time.monotonic()
                await server.stop()
                message = await socket.receive(timeout=PATIENCE_S)
                assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)
                assert time.monotonic() - began < 10


def test_the_server_runs_on_the_loop_of_the_window(qapp: QApplication, settings: Settings) -> None:
    garbage = GarbageCollector(qapp)
    with Loop(qapp) as loop:
        loop.run_until_complete(use_the_server(settings))
    del loop
    garbage.stop()
