"""YAML with line numbers, read strictly: the only place that knows how a site file's text becomes data.

Narrower than YAML on purpose: one document, no anchors, aliases or tags, no key twice, bounded size
and depth. Scalars follow the YAML 1.2 core schema, so `no`, `on` and `12:30` are text, never a
boolean or a number of minutes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from config.finding import Path

MAX_BYTES = 1 << 20
MAX_DEPTH = 24

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,15}\Z")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}\Z")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """A value and the line it starts on; `value` holds Nodes in its lists and mappings."""

    line: int
    value: Any
    key_lines: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """What the text itself gets wrong.

    Attributes:
        fatal: the data cannot be trusted, so nothing else is worth checking.
    """

    line: int
    path: Path
    value: str
    problem: str
    remedy: str
    fatal: bool = True


class Document:
    """A parsed file: plain data, and the line of every path in it."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self.data: Any = _plain(root)

    def line(self, path: Path) -> int:
        """Return the line of `path`, or of the nearest thing around it that exists."""
        node, line = self._root, self._root.line
        for part in path:
            inner = _child(node, part)
            if inner is None:
                break
            # A block, or nothing, "starts" where its first token stands, lines below its key.
            at_key = inner.value is None or isinstance(inner.value, dict | list)
            line = node.key_lines.get(str(part), inner.line) if at_key else inner.line
            node = inner
        return line

    def holds(self, path: Path) -> bool:
        """Whether something stands at `path`."""
        node: Node | None = self._root
        for part in path:
            node = _child(node, part) if node else None
        return node is not None

    def get(self, path: Path) -> Any:
        """Return the plain value at `path`.

        Raises:
            KeyError: nothing stands there.
        """
        if not self.holds(path):
            raise KeyError(path)
        value = self.data
        for part in path:
            value = value[part]
        return value


def parse(raw: bytes) -> tuple[Document | None, list[Problem]]:
    """Read a file's bytes; None where a problem is fatal. Never raises for bad input."""
    if len(raw) > MAX_BYTES:
        return None, [
            Problem(0, (), f"{len(raw)} bytes", f"larger than {MAX_BYTES} bytes", "split it in two")
        ]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = raw.count(b"\n", 0, err.start) + 1
        return None, [
            Problem(line, (), f"byte 0x{raw[err.start]:02x}", "not UTF-8", "save the file as UTF-8")
        ]
    reader = _Reader()
    try:
        root = reader.read(text)
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        what = ", ".join(part for part in (err.context, err.problem) if part)
        reader.problem(
            mark.line + 1 if mark else 0, (), "", f"not YAML: {what}", "mend the line or the one above"
        )
        return None, reader.problems
    except yaml.reader.ReaderError as err:
        line = text.count("\n", 0, err.position) + 1
        code = err.character if isinstance(err.character, int) else ord(str(err.character)[0])
        reader.problem(line, (), f"character U+{code:04X}", "not allowed in YAML", "delete it")
        return None, reader.problems
    except _StopReading:
        return None, reader.problems
    if root is None or any(problem.fatal for problem in reader.problems):
        return None, reader.problems
    return Document(root), reader.problems


class _StopReading(Exception):  # the problem is already noted
    pass


class _Reader:
    """Builds Nodes from the parser's events, so depth is refused before anything recurses."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(
        self, line: int, path: Path, value: str, what: str, remedy: str, *, fatal: bool = True
    ) -> None:
        self.problems.append(Problem(line, path, value, what, remedy, fatal))

    def read(self, text: str) -> Node | None:
        root: Node | None = None
        events = iter(yaml.parse(text, Loader=_LOADER))
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self.problem(
                        _line(event), (), "---", "a second document", "keep one of them in this file"
                    )
                    raise _StopReading
                root = self._node(next(events), events, (), 0)
        if root is None:
            self.problem(0, (), "", "the file is empty", "describe the site in it")
        return root

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path, depth: int) -> Node:
        line = _line(event)
        if depth > MAX_DEPTH:
            self.problem(line, path, "", f"nested deeper than {MAX_DEPTH} levels", "write it flatter")
            raise _StopReading
        if isinstance(event, yaml.AliasEvent):
            self.problem(line, path, f"*{event.anchor}", "aliases are not allowed", "write the value out")
            return Node(line, None)
        self._refuse_extras(event, line, path)
        match event:
            case yaml.MappingStartEvent():
                return self._mapping(Node(line, {}), events, path, depth)
            case yaml.SequenceStartEvent():
                items: list[Node] = []
                while not isinstance(inner := next(events), yaml.SequenceEndEvent):
                    items.append(self._node(inner, events, (*path, len(items)), depth + 1))
                return Node(line, items)
            case yaml.ScalarEvent():
                return Node(line, _scalar(event.value) if event.implicit[0] else event.value)
        raise AssertionError(f"unexpected {event!r}")

    def _mapping(self, node: Node, events: Iterator[yaml.Event], path: Path, depth: int) -> Node:
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            line = _line(key)
            if not isinstance(key, yaml.ScalarEvent):
                self.problem(line, path, "", "a key must be plain text", "check colons and brackets")
                raise _StopReading
            self._refuse_extras(key, line, path)
            name: str = key.value
            value = self._node(next(events), events, (*path, name), depth + 1)
            if name in node.value:
                first = node.key_lines[name]
                self.problem(
                    line, (*path, name), "", f"given twice, first in line {first}", "keep one", fatal=False
                )
                continue
            node.value[name] = value
            node.key_lines[name] = line
        return node

    def _refuse_extras(self, event: Any, line: int, path: Path) -> None:
        if event.anchor is not None:
            self.problem(line, path, f"&{event.anchor}", "anchors are not allowed", "write the value out")
        if event.tag is not None and event.tag != "!":
            self.problem(line, path, event.tag, "tags are not allowed", "delete the tag")


def _child(node: Node, part: str | int) -> Node | None:
    inner: Node | None = None
    if isinstance(node.value, dict):
        inner = node.value.get(part)
    elif isinstance(node.value, list) and isinstance(part, int) and 0 <= part < len(node.value):
        inner = node.value[part]
    return inner


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _scalar(text: str) -> str | int | float | bool | None:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.match(text):
        return int(text)
    if _HEX.match(text):
        return int(text, 16)
    return float(text) if _FLOAT.match(text) else text


def _plain(node: Node) -> Any:
    match node.value:
        case dict():
            return {key: _plain(inner) for key, inner in node.value.items()}
        case list():
            return [_plain(inner) for inner in node.value]
    return node.value
