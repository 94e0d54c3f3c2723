"""A pickle read as data: no import, no call, no object of the kinds that it names.

`pickle` itself is not used. Its opcodes are taken apart by `pickletools` (which only parses) and put together by the
small stack machine below, in which a class or function is nothing but its name (`Global`) and an object made
of it nothing but a `Record` of name, arguments and state. Opcodes that torch.save doesn't write are refused, and
so is every name that doesn't belong to a YOLO checkpoint.

Opcodes and their meaning: the documentation in Lib/pickletools.py of Python.
"""

import pickletools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeGuard

from siapp.core.models.limits import (
    MAX_INTEGER_BITS,
    MAX_PICKLE_BYTES,
    MAX_PICKLE_DEPTH,
    MAX_PICKLE_OPCODES,
    MAX_PICKLE_STACK,
    PICKLE_SECONDS,
)
from siapp.core.models.refusals import damaged, foreign, too_complex


@dataclass(frozen=True, slots=True)
class Global:
    """The name of a class or function; never the thing itself. `path`: "torch.nn.modules.conv.Conv2d"."""

    path: str


@dataclass(slots=True, eq=False)
class Record:
    """What the file would have made of `path` and `arguments`, with the state it would have been given."""

    path: str
    arguments: tuple[object, ...]
    state: object = None

    @property
    def kind(self) -> str:
        return self.path.rpartition(".")[2]


Loader = Callable[[tuple[object, ...]], object]
"""Turns a persistent id (a tuple of atoms and Globals) into an inert value."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Which names a pickle may use, and how.

    `classes`: matches the paths of which records may be made. `callables`: paths that may be "called": each is
    answered by the function given here, which is ours. `values`: matches paths that may only be mentioned.
    """

    classes: re.Pattern[str]
    values: re.Pattern[str]
    callables: dict[str, Callable[[tuple[object, ...]], object]]

    def knows(self, path: str) -> bool:
        return path in self.callables or bool(self.classes.fullmatch(path) or self.values.fullmatch(path))


@dataclass(frozen=True, slots=True)
class Unpickled:
    """The value, and every global that the pickle names, in order of first mention."""

    value: object
    globals: tuple[str, ...]


def read_pickle(data: bytes, vocabulary: Vocabulary, load_persistent: Loader) -> Unpickled:
    """Read `data` inertly.

    WeightsRejected: `damaged` (not a whole pickle), `foreign_code` (names something outside `vocabulary`, or uses
    an opcode that makes Python run code), `too_complex` (more work than any real checkpoint asks for).
    """
    if len(data) > MAX_PICKLE_BYTES:
        raise too_complex()
    machine = _Machine(vocabulary, load_persistent)
    try:
        value = machine.run(data)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise damaged() from error
    return Unpickled(value, tuple(machine.globals))


def _is_atom(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bytes)


def _is_key(value: object) -> bool:
    """Only flat keys: hashing tuples of tuples that share their parts takes exponential time."""
    if isinstance(value, tuple):
        return len(value) <= 8 and all(map(_is_atom, value))
    return _is_atom(value)


def _is_tuple(value: object) -> TypeGuard[tuple[object, ...]]:
    return isinstance(value, tuple)


@dataclass(slots=True)
class _Machine:
    """The stack, the marks in it and the memo of one pickle. One method for each kind of opcode."""

    vocabulary: Vocabulary
    load_persistent: Loader
    globals: dict[str, None] = field(default_factory=dict)
    stack: list[object] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, object] = field(default_factory=dict)

    def run(self, data: bytes) -> object:
        deadline = time.monotonic() + PICKLE_SECONDS
        for count, (opcode, argument, _position) in enumerate(pickletools.genops(data)):
            if opcode.name == "STOP":
                return self.pop()
            operation = _OPERATIONS.get(opcode.name)
            if operation is None:
                raise foreign(opcode.name)
            operation(self, argument)
            self.check_budget(count, deadline)
        raise damaged()

    def check_budget(self, count: int, deadline: float) -> None:
        if count > MAX_PICKLE_OPCODES or len(self.stack) > MAX_PICKLE_STACK or len(self.marks) > MAX_PICKLE_DEPTH:
            raise too_complex()
        if count % 1024 == 0 and time.monotonic() > deadline:
            raise too_complex()

    def pop(self) -> object:
        """The topmost value; never one below the innermost mark."""
        if self.marks and len(self.stack) <= self.marks[-1]:
            raise damaged()
        return self.stack.pop()

    def pop_marked(self) -> list[object]:
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def pop_tuple(self) -> tuple[object, ...]:
        value = self.pop()
        if not _is_tuple(value):
            raise damaged()
        return value

    def ignore(self, _argument: object) -> None:
        pass

    def push(self, argument: object) -> None:
        self.stack.append(argument)

    def push_integer(self, argument: object) -> None:
        if not isinstance(argument, int) or argument.bit_length() > MAX_INTEGER_BITS:
            raise too_complex()
        self.stack.append(argument)

    def drop(self, _argument: object) -> None:
        if self.marks and len(self.stack) == self.marks[-1]:
            self.marks.pop()
        else:
            self.pop()

    def drop_marked(self, _argument: object) -> None:
        self.pop_marked()

    def mark(self, _argument: object) -> None:
        self.marks.append(len(self.stack))

    def tuple_of_marked(self, _argument: object) -> None:
        self.push(tuple(self.pop_marked()))

    def tuple_of(self, count: int) -> None:
        values = [self.pop() for _place in range(count)]
        self.push(tuple(reversed(values)))

    def append(self, _argument: object) -> None:
        self.extend_list([self.pop()])

    def append_marked(self, _argument: object) -> None:
        self.extend_list(self.pop_marked())

    def extend_list(self, values: list[object]) -> None:
        target = self.stack[-1]
        if not isinstance(target, list):
            raise damaged()
        target.extend(values)

    def set_item(self, _argument: object) -> None:
        value, key = self.pop(), self.pop()
        self.update_dict([key, value])

    def set_marked(self, _argument: object) -> None:
        self.update_dict(self.pop_marked())

    def update_dict(self, items: list[object]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict) or len(items) % 2 or not all(map(_is_key, items[::2])):
            raise damaged()
        target.update(zip(items[::2], items[1::2], strict=True))

    def remember(self, argument: object) -> None:
        if not isinstance(argument, int):
            raise damaged()
        self.memo[argument] = self.stack[-1]

    def remember_next(self, _argument: object) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def recall(self, argument: object) -> None:
        if not isinstance(argument, int):
            raise damaged()
        self.push(self.memo[argument])

    def name_global(self, argument: object) -> None:
        """GLOBAL brings "module name" in one text."""
        module, _space, name = str(argument).partition(" ")
        self.push_global(module, name)

    def name_stacked_global(self, _argument: object) -> None:
        name, module = self.pop(), self.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise damaged()
        self.push_global(module, name)

    def push_global(self, module: str, name: str) -> None:
        path = f"{module}.{name}"
        # A dotted name would reach through a module's attributes: torch.nn.modules.module + "os.system".
        if not name.isidentifier() or not self.vocabulary.knows(path):
            raise foreign(path)
        self.globals[path] = None
        self.push(Global(path))

    def call(self, _argument: object) -> None:
        arguments, target = self.pop_tuple(), self.pop()
        answer = self.vocabulary.callables.get(target.path) if isinstance(target, Global) else None
        if answer is None:
            raise foreign(_name_of(target))
        self.push(answer(arguments))

    def make_record(self, _argument: object) -> None:
        arguments, target = self.pop_tuple(), self.pop()
        if not isinstance(target, Global) or not self.vocabulary.classes.fullmatch(target.path):
            raise foreign(_name_of(target))
        self.push(Record(target.path, arguments))

    def set_state(self, _argument: object) -> None:
        state = self.pop()
        target = self.stack[-1]
        if isinstance(target, Record):
            target.state = state
        elif not isinstance(target, dict):  # an OrderedDict's attributes (_metadata of a state_dict) say nothing here
            raise damaged()

    def load(self, _argument: object) -> None:
        self.push(self.load_persistent(self.pop_tuple()))


def _name_of(target: object) -> str:
    return target.path if isinstance(target, Global | Record) else "a call of a value"


_Operation = Callable[[_Machine, object], None]

_OPERATIONS: Final[dict[str, _Operation]] = {
    "PROTO": _Machine.ignore,
    "FRAME": _Machine.ignore,
    "NONE": lambda machine, _argument: machine.push(None),
    "NEWTRUE": lambda machine, _argument: machine.push(True),
    "NEWFALSE": lambda machine, _argument: machine.push(False),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "BINFLOAT"), _Machine.push),
    **dict.fromkeys(("LONG1", "LONG4"), _Machine.push_integer),
    **dict.fromkeys(("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), _Machine.push),
    **dict.fromkeys(("SHORT_BINSTRING", "BINSTRING"), _Machine.push),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"), _Machine.push),
    "EMPTY_TUPLE": lambda machine, _argument: machine.push(()),
    "EMPTY_LIST": lambda machine, _argument: machine.push([]),
    "EMPTY_DICT": lambda machine, _argument: machine.push({}),
    # Sets say nothing about a network; as lists they need no hashing.
    "EMPTY_SET": lambda machine, _argument: machine.push([]),
    "ADDITEMS": _Machine.append_marked,
    "FROZENSET": _Machine.tuple_of_marked,
    "MARK": _Machine.mark,
    "TUPLE": _Machine.tuple_of_marked,
    "TUPLE1": lambda machine, _argument: machine.tuple_of(1),
    "TUPLE2": lambda machine, _argument: machine.tuple_of(2),
    "TUPLE3": lambda machine, _argument: machine.tuple_of(3),
    "APPEND": _Machine.append,
    "APPENDS": _Machine.append_marked,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_marked,
    "POP": _Machine.drop,
    "POP_MARK": _Machine.drop_marked,
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), _Machine.remember),
    "MEMOIZE": _Machine.remember_next,
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _Machine.recall),
    "GLOBAL": _Machine.name_global,
    "STACK_GLOBAL": _Machine.name_stacked_global,
    "REDUCE": _Machine.call,
    "NEWOBJ": _Machine.make_record,
    "BUILD": _Machine.set_state,
    "BINPERSID": _Machine.load,
}
