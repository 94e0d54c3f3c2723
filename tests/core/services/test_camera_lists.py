"""Many cameras at once, by way of a file."""

import asyncio
from pathlib import Path

import pytest

from siapp.core.domain import Actor, Role
from siapp.core.errors import Forbidden, SiappError
from siapp.core.services import Services
from siapp.core.services.camera_lists import Fate, ImportRow
from tests.core.services.conftest import Desk

ADDRESS = "rtsp://root:hunter2@192.168.1.20/1"


def a_list(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "cameras.csv"
    path.write_text("\n".join(["name,address", *lines]), encoding="utf-8")
    return path


async def test_a_look_says_what_becomes_of_each_line_and_adds_nothing(desk: Desk, tmp_path: Path) -> None:
    await desk.camera("North gate")
    path = a_list(
        tmp_path,
        f" Yard ,{ADDRESS}",
        f"NORTH GATE,{ADDRESS}",
        f"ｙard,{ADDRESS}",
        f",{ADDRESS}",
        "a/b,rtsp://192.168.1.20/1",
        "Roof,ftp://192.168.1.20/1",
        "Hall,rtsp://***:***@192.168.1.20/1",
        "Lift,rtsp://root:hun/ter2@192.168.1.20/1",
        "Door,",
        "Cloud,http://169.254.169.254/",
    )
    rows = await desk.services.camera_lists.plan(desk.operator, path)
    assert [(row.line, row.name, row.fate) for row in rows] == [
        (2, "Yard", Fate.NEW),
        (3, "NORTH GATE", Fate.NAME_TAKEN),
        (4, "ｙard", Fate.NAME_TAKEN),
        (5, "", Fate.BAD_NAME),
        (6, "a/b", Fate.BAD_NAME),
        (7, "Roof", Fate.BAD_ADDRESS),
        (8, "Hall", Fate.BAD_ADDRESS),
        (9, "Lift", Fate.BAD_ADDRESS),
        (10, "Door", Fate.BAD_ADDRESS),
        (11, "Cloud", Fate.BAD_ADDRESS),
    ]
    codes = [row.problem.code if row.problem else "" for row in rows[:3]]
    assert codes == ["", "name_taken", "name_twice"] and rows[2].problem and rows[2].problem.values == (("line", 2),)
    assert all(row.problem is not None for row in rows[1:])
    assert (await desk.services.devices.page()).total == 1


async def test_a_look_shows_no_password(desk: Desk, tmp_path: Path) -> None:
    path = a_list(tmp_path, f"Yard,{ADDRESS}", "Lift,rtsp://root:hunter2/@192.168.1.20/1", "Hall,root:hunter2@h")
    rows = await desk.services.camera_lists.plan(desk.operator, path)
    assert [row.address for row in rows] == ["rtsp://***:***@192.168.1.20/1", "", ""]
    assert "hunter2" not in repr(rows)


async def test_what_is_good_is_added_with_its_password_and_each_line_is_told(desk: Desk, tmp_path: Path) -> None:
    lists, devices = desk.services.camera_lists, desk.services.devices
    rows = await lists.plan(desk.operator, a_list(tmp_path, f"Yard,{ADDRESS}", "Roof,x", f"Hall,{ADDRESS}"))
    await devices.add(desk.operator, "hall", ADDRESS)  # while somebody looked at the list
    told: list[ImportRow] = []
    done = await lists.add_all(desk.operator, rows, told.append)
    assert [row.fate for row in done] == [Fate.ADDED, Fate.BAD_ADDRESS, Fate.FAILED] and told == list(done)
    assert done[2].problem is not None and done[2].problem.code == "name_taken"
    cameras = {camera.name: camera for camera in (await devices.page()).items}
    assert sorted(cameras) == ["Yard", "hall"]
    assert (await devices.source(cameras["Yard"].id)).url == ADDRESS


async def test_an_import_that_is_cancelled_leaves_what_is_there(desk: Desk, tmp_path: Path) -> None:
    lists = desk.services.camera_lists
    rows = await lists.plan(desk.operator, a_list(tmp_path, *(f"camera {n},{ADDRESS}" for n in range(50))))
    told: list[ImportRow] = []
    work = asyncio.create_task(lists.add_all(desk.operator, rows, told.append))
    async with asyncio.timeout(10):
        while len(told) < 3:
            await asyncio.sleep(0.001)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    total = (await desk.services.devices.page()).total
    assert len(told) <= total <= len(told) + 1 < 50


async def test_a_list_that_was_exported_comes_back_without_passwords(desk: Desk, tmp_path: Path) -> None:
    lists, path = desk.services.camera_lists, tmp_path / "out.csv"
    camera = await desk.camera("=Gate", ADDRESS)
    open_camera = await desk.camera("Yard", "http://192.168.1.21/video")
    assert await lists.export_to(desk.operator, path) == 2
    assert b"hunter2" not in path.read_bytes() and [each.name for each in tmp_path.glob("out*")] == ["out.csv"]
    for each in (camera, open_camera):
        await desk.services.devices.delete(desk.operator, each.id)
    rows = await lists.plan(desk.operator, path)
    assert [(row.name, row.fate) for row in rows] == [("=Gate", Fate.BAD_ADDRESS), ("Yard", Fate.NEW)]
    assert rows[0].problem is not None and "user name and password" in rows[0].problem.message


@pytest.mark.parametrize("name", ["missing.csv", "."])
async def test_a_file_that_is_not_there_is_said_so(desk: Desk, tmp_path: Path, name: str) -> None:
    with pytest.raises(SiappError) as refused:
        await desk.services.camera_lists.plan(desk.operator, tmp_path / name)
    assert refused.value.code == "file_not_read"


async def test_a_place_that_can_not_be_written_is_said_so(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(SiappError) as refused:
        await desk.services.camera_lists.export_to(desk.operator, tmp_path / "missing" / "out.csv")
    assert refused.value.code == "file_unwritable" and str(tmp_path) not in refused.value.text()


async def test_a_viewer_exports_and_imports_nothing(
    desk: Desk, services: Services, viewer: Actor, tmp_path: Path
) -> None:
    path = a_list(tmp_path, f"Yard,{ADDRESS}")
    rows = await services.camera_lists.plan(desk.operator, path)
    assert viewer.role is Role.VIEWER and await services.camera_lists.export_to(viewer, tmp_path / "out.csv") == 0
    for work in (
        services.camera_lists.plan(viewer, path),
        services.camera_lists.add_all(viewer, rows, lambda _row: None),
        services.camera_lists.check_all(viewer, [1], lambda _number, _result: None),
    ):
        with pytest.raises(Forbidden):
            await work
    assert (await services.devices.page()).total == 0
