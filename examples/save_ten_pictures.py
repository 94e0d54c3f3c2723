"""Sign in, add a camera, start a task on it, save ten annotated pictures.

    python examples/save_ten_pictures.py http://127.0.0.1:8000 olga rtsp://user:password@192.168.1.20/stream yolov8n.pt

Asks for olga's password, or takes it from SIAPP_PASSWORD. The pictures go into the present folder.
"""

import argparse
import asyncio
import getpass
import os
from contextlib import aclosing
from pathlib import Path

from siapp.client import Client, ClientError, Interruption

PICTURES = 10


async def save(given: argparse.Namespace, password: str) -> None:
    async with Client(given.station) as siapp:
        await siapp.sign_in(given.username, password)
        device = await siapp.devices.add(given.name, given.camera)
        algorithm = await siapp.algorithms.add(given.name, given.weights)
        algorithm = await siapp.algorithms.imported(algorithm.id)
        task = await siapp.tasks.add(given.name, device.id, algorithm.id)
        await siapp.tasks.start(task.id)
        async with aclosing(siapp.tasks.pictures(task.id, on_interruption=tell)) as pictures:
            for number in range(PICTURES):
                picture = await anext(pictures)
                path = given.folder / f"picture_{number}.jpg"
                await asyncio.to_thread(path.write_bytes, picture.jpeg)
                found = picture.detections.objects if picture.detections else ()
                print(path.name, *(f"{one.label} {one.confidence:.0%}" for one in found))
        await siapp.tasks.stop(task.id)


def tell(interruption: Interruption) -> None:
    print(f"{interruption.reason}; again in {interruption.wait_s:.1f} s")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Save ten annotated pictures of a camera.")
    parser.add_argument("station", help="its address, as in http://127.0.0.1:8000")
    parser.add_argument("username")
    parser.add_argument("camera", help="its address, as in rtsp://user:password@192.168.1.20/stream")
    parser.add_argument("weights", type=Path, help="a YOLO weight file: .pt, .onnx or .zip")
    parser.add_argument("--name", default="ten pictures", help="of the new camera, algorithm and task")
    parser.add_argument("--folder", type=Path, default=Path(), help="where the pictures go")
    given = parser.parse_args()
    if not given.weights.is_file():
        parser.error(f"there is no file {given.weights}")
    if not given.folder.is_dir():
        parser.error(f"there is no folder {given.folder}")
    return given


def main() -> None:
    given = arguments()
    password = os.environ.get("SIAPP_PASSWORD") or getpass.getpass(f"{given.username}'s password: ")
    try:
        asyncio.run(save(given, password))
    except (ClientError, OSError) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
