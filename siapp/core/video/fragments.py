"""Live H.264 as the parts of a fragmented MP4 that a browser's Media Source takes (ISO/IEC 14496-12 and -15).

FFmpeg's muxer writes a picture when it knows how long that lasts, which is when the next one comes. Live pictures are
to leave at once, so that their few boxes are written here: each says to last as long as any may be away.
"""

import re
import struct
from dataclasses import dataclass

TIMESCALE = 90_000
SHOWN = TIMESCALE
"""How long a picture says to be shown, in 1/90000 s: the next one ends it sooner. Media Source takes a gap of more
than twice that for the end of the video, and throws away what comes until a key frame."""

_TRACK = 1
_START_CODE = re.compile(rb"\x00?\x00\x00\x01")
_SLICE, _KEY_SLICE, _SPS, _PPS = 1, 5, 7, 8
_IS_KEY, _IS_INTER = 0x0200_0000, 0x0101_0000  # depends on no other; depends on others, and nothing can begin here
_UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000)
_TRUN_BYTES = 28  # of its box, as `media_segment` makes it


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a decoder has to know before the first picture: a sequence's and a picture's parameter set."""

    sps: bytes
    pps: bytes

    @classmethod
    def of(cls, extradata: bytes) -> "Parameters":
        """From an encoder's header, which is an H.264 byte stream."""
        units = {unit[0] & 31: unit for unit in _units(extradata)}
        return cls(units[_SPS], units[_PPS])

    @property
    def codec(self) -> str:
        """As browsers name it: profile, constraints and level (RFC 6381)."""
        return f"avc1.{self.sps[1:4].hex()}"


def sample(stream: bytes) -> bytes:
    """One encoded picture, an H.264 byte stream, as MP4 has it: lengths in place of start codes, and no remarks."""
    slices = (unit for unit in _units(stream) if unit[0] & 31 in (_SLICE, _KEY_SLICE))
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in slices)


def init_segment(width: int, height: int, parameters: Parameters) -> bytes:
    """`ftyp` and `moov` of a live video: no picture, and no end known."""
    movie = _full("mvhd", 0, struct.pack(">4I", 0, 0, TIMESCALE, 0), struct.pack(">IH10x", 0x10000, 0x100), _UNITY,
                  bytes(24), struct.pack(">I", _TRACK + 1))  # fmt: skip
    defaults = _full("trex", 0, struct.pack(">5I", _TRACK, 1, SHOWN, 0, _IS_INTER))
    return _box("ftyp", b"isom", struct.pack(">I", 0), b"isomiso6avc1") + _box(
        "moov", movie, _track(width, height, parameters), _box("mvex", defaults)
    )


def media_segment(number: int, time: int, picture: bytes, is_key: bool) -> bytes:
    """`moof` and `mdat` of one picture (of `sample`), shown from `time` on, in 1/90000 s. `number`: of the segment."""
    header = _full("mfhd", 0, struct.pack(">I", number & 0xFFFF_FFFF))
    track = _full("tfhd", 0x02_0000, struct.pack(">I", _TRACK))  # data offsets count from this moof
    decoded_at = _full("tfdt", 0, struct.pack(">Q", time), version=1)
    size = 8 + len(header) + 8 + len(track) + len(decoded_at) + _TRUN_BYTES
    flags = _IS_KEY if is_key else _IS_INTER
    # Present: data offset, the sample's size and its flags.
    run = _full("trun", 0x601, struct.pack(">IiII", 1, size + 8, len(picture), flags))
    return _box("moof", header, _box("traf", track, decoded_at, run)) + _box("mdat", picture)


def _units(stream: bytes) -> list[bytes]:
    return [unit for unit in _START_CODE.split(stream) if unit]


def _track(width: int, height: int, parameters: Parameters) -> bytes:
    header = _full("tkhd", 3, struct.pack(">5I", 0, 0, _TRACK, 0, 0), bytes(16), _UNITY,
                   struct.pack(">II", width << 16, height << 16))  # fmt: skip
    media = _full("mdhd", 0, struct.pack(">4IHH", 0, 0, TIMESCALE, 0, 0x55C4, 0))  # language: undetermined
    handler = _full("hdlr", 0, bytes(4), b"vide", bytes(12), b"siapp\0")
    here = _full("dref", 0, struct.pack(">I", 1), _full("url ", 1))
    empty = (_full(kind, 0, bytes(4)) for kind in ("stts", "stsc", "stco"))
    table = _box("stbl", _description(width, height, parameters), *empty, _full("stsz", 0, bytes(8)))
    information = _box("minf", _full("vmhd", 1, bytes(8)), _box("dinf", here), table)
    return _box("trak", header, _box("mdia", media, handler, information))


def _description(width: int, height: int, parameters: Parameters) -> bytes:
    sps, pps = parameters.sps, parameters.pps
    decoder = _box("avcC", b"\x01", sps[1:4], b"\xff\xe1", struct.pack(">H", len(sps)), sps, b"\x01",
                   struct.pack(">H", len(pps)), pps)  # fmt: skip
    entry = _box("avc1", struct.pack(">6xH16xHH", 1, width, height),
                 struct.pack(">IIIH32xHh", 0x48_0000, 0x48_0000, 0, 1, 24, -1), decoder)  # fmt: skip
    return _full("stsd", 0, struct.pack(">I", 1), entry)


def _box(kind: str, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + kind.encode() + content


def _full(kind: str, flags: int, *parts: bytes, version: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *parts)
