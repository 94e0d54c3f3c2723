"""Optimising over HTTP: asked for with a camera, seen in the algorithm, thrown away."""

from tests.core.services.test_optimize import JSON
from tests.net.conftest import Site
from tests.net.test_algorithms import imported


async def test_a_version_is_optimized_for_a_camera(site: Site) -> None:
    algorithm, camera = await site.add_algorithm(), await site.add_camera()
    site.engine.result = JSON
    path = f"/algorithms/{algorithm}/versions/1/optimize"
    status, answer = await site.ask("POST", path, json={"device_id": camera})
    assert status == 202
    new = answer["versions"][1]
    assert (new["state"], new["made_from"], new["report"]) == ("importing", 1, None)
    await imported(site)
    first, new = (await site.good("GET", f"/algorithms/{algorithm}", "vera"))["versions"]
    assert (first["made_from"], first["report"]) == (None, None)
    assert (new["state"], new["report"]) == ("ready", JSON)
    assert (await site.ask("DELETE", f"/algorithms/{algorithm}/versions/2"))[0] == 204


async def test_what_can_not_be_optimized_says_why(site: Site) -> None:
    path = f"/algorithms/{await site.add_algorithm()}/versions"
    assert (await site.ask("POST", f"{path}/1/optimize", json={"device_id": 999}))[0] == 404
    assert (await site.ask("POST", f"{path}/7/optimize", json={"device_id": await site.add_camera()}))[0] == 404
    assert (await site.ask("POST", f"{path}/1/optimize", json={}))[1]["code"] == "missing_field"
    assert (await site.ask("POST", f"{path}/1/optimize", json={"source": "/etc/passwd"}))[0] == 422
