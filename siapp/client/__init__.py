"""A siapp station from another program: sign in, cameras, algorithms, tasks, and live pictures with detections.

    async with Client("http://127.0.0.1:8000") as siapp:
        await siapp.sign_in("olga", "her password")
        async for picture in siapp.tasks.pictures(1):
            print(picture.detections)

Imports nothing else of siapp: the standard library, aiohttp and pydantic are enough.
"""

from siapp.client.api import Client
from siapp.client.errors import (
    ClientError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    NotSignedIn,
    OutOfSpace,
    Refused,
    TooLarge,
    TooMany,
    Unavailable,
    Unreachable,
)
from siapp.client.streams import Interruption, Patience

__all__ = [
    "Client",
    "ClientError",
    "Conflict",
    "Forbidden",
    "Interruption",
    "InvalidInput",
    "NotFound",
    "NotSignedIn",
    "OutOfSpace",
    "Patience",
    "Refused",
    "TooLarge",
    "TooMany",
    "Unavailable",
    "Unreachable",
]
