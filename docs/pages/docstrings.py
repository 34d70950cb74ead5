"""What the code says of its own attributes and enum members, for pages that have to say the same."""

import ast
import inspect
from collections.abc import Mapping
from enum import Enum

from docs.pages.markdown import one_line


def attribute_texts(owner: type) -> Mapping[str, str]:
    """Return attribute → text from the `Attributes:` section of a class and of those it derives from."""
    texts: dict[str, str] = {}
    for one in reversed(owner.__mro__):
        section = inspect.cleandoc(one.__doc__ or "").partition("Attributes:")[2]
        names: list[str] = []
        for line in section.splitlines():
            if not line.strip():
                continue
            if len(line) - len(line.lstrip()) <= 4:
                named, _, text = line.strip().partition(": ")
                names = [name.strip() for name in named.split(",")]
                texts |= dict.fromkeys(names, text)
            else:
                texts |= {name: f"{texts[name]} {line.strip()}" for name in names}
    return texts


def summary(owner: type) -> str:
    """Return the first paragraph of a class's docstring."""
    return one_line(inspect.cleandoc(owner.__doc__ or "").split("\n\n")[0])


def member_texts(owner: type[Enum]) -> Mapping[str, str]:
    """Return value → the string below the member in the source; members without one are left out."""
    texts: dict[str, str] = {}
    body = ast.parse(inspect.getsource(owner)).body[0]
    assert isinstance(body, ast.ClassDef)
    for statement, below in zip(body.body, body.body[1:], strict=False):
        match statement, below:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(text))):
                texts[str(owner[name].value)] = one_line(text)
    return texts
