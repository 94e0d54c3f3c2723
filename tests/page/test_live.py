"""The live wall: pictures, boxes, ages, and who streams when."""

import random
from typing import Any

from siapp.core.boxstyle import line_width, place_plates
from tests.page.conftest import OpenPage

PICTURE = 640, 360


def _scene(chance: random.Random) -> dict[str, Any]:
    boxes = []
    for _box in range(chance.randrange(1, 80)):
        x1, y1 = chance.uniform(-20, 620), chance.uniform(-20, 340)
        boxes.append([x1, y1, x1 + chance.uniform(1, 200), y1 + chance.uniform(1, 160)])
    texts = [[chance.randrange(20, 120), chance.randrange(10, 20)] for _box in boxes]
    return {"boxes": boxes, "texts": texts, "scale": chance.choice([0.8, 1, 1.25, 2.5])}


async def test_labels_stand_where_the_station_would_put_them(open_page: OpenPage) -> None:
    scenes = [_scene(random.Random(seed)) for seed in range(40)]
    page = await open_page(None)
    placed = await page.evaluate(
        """async ({ scenes, picture }) => {
          const { lineWidth, placePlates } = await import("/page/live/plates.js");
          return scenes.map(({ boxes, texts, scale }) =>
            ({ plates: placePlates(boxes, picture, texts, scale), line: lineWidth(scale) }));
        }""",
        {"scenes": scenes, "picture": PICTURE},
    )
    for scene, found in zip(scenes, placed, strict=True):
        expected = place_plates(scene["boxes"], PICTURE, scene["texts"], scene["scale"])
        assert [tuple(plate) for plate in found["plates"]] == expected
        assert found["line"] == line_width(scene["scale"])
