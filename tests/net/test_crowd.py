"""How many connections a process has room for."""

import subprocess
import sys

import pytest

from siapp.net.crowd import LEAST_CONNECTIONS, MOST_CONNECTIONS, OTHER_DESCRIPTORS, Crowd

ASK = """
import resource, sys
from siapp.net.crowd import room
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
print(room(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(
    ("soft", "hard", "room", "soft_then"),
    [
        (1024, 4096, MOST_CONNECTIONS, MOST_CONNECTIONS + OTHER_DESCRIPTORS),
        (1024, 1024, 1024 - OTHER_DESCRIPTORS, 1024),
        (256, 256, LEAST_CONNECTIONS, 256),
        (4000, 4096, MOST_CONNECTIONS, 4000),
    ],
)
def test_more_descriptors_are_asked_for_and_what_there_are_is_kept_to(
    soft: int, hard: int, room: int, soft_then: int
) -> None:
    said = subprocess.run([sys.executable, "-c", ASK, str(soft), str(hard)], capture_output=True, text=True, check=True)
    assert said.stdout.split() == [str(room), str(soft_then)], said.stderr


def test_a_place_that_is_given_back_can_be_taken_again() -> None:
    crowd = Crowd(most=3, most_from_one=2, without_own_limit=lambda address: address == "proxy")
    assert [crowd.enter("a") for _try in range(3)] == [True, True, False]
    assert crowd.enter("b") and not crowd.enter("c"), "full for everyone"
    crowd.leave("a")
    assert crowd.enter("c")
    for address in ("a", "b", "c"):
        crowd.leave(address)
    assert [crowd.enter("proxy") for _try in range(4)] == [True, True, True, False], "many come from a proxy"
