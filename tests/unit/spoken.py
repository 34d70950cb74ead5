"""Every sentence the source can say to a person, found by walking its syntax trees."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from docs.snippets import ROOT

FOLDERS = ("controller", "api", "config", "devices")
RUNS = tuple(
    f"simulators/scenario/{name}.py"
    for name in ("dispatcher", "judge", "pool", "reports", "result", "rig", "road", "truth")
)
"""Of scenarios only what a run answers: its script is quoted as it is written."""
SILENT = {
    "api/app.py": "what the API's description says",
    "api/broker.py": "the terminal of a demo",
    "api/cli": "the terminal, which has its one language",
    "api/field.py": "the terminal of a start",
    "api/rig.py": "the terminal of a demo",
    "api/routes/examples.py": "what the API's description says",
    "api/routes/pages.py": "both languages on one page, and names of headers",
    "api/serve.py": "the terminal of a start",
    "api/strip": "both languages on one picture",
    "config/messages.py": "the blanks of a template, in the reference",
    "controller/intake/scan.py": "the grammar of reports",
    "controller/intake/words.py": "the words of reports",
    "controller/metrics.py": "the help of metrics, for programs",
    "controller/signs/sign_ladders.py": "texts of signs",
    "devices/failpoints.py": "a switch of tests",
}
"""Files and folders with no sentence for a Chinese screen, and why."""
_FOR_PROGRAMS = frozenset({"also", "description", "example", "examples", "pattern"})
_HAN = re.compile(r"[\u4e00-\u9fff]")
_TWO_WORDS = re.compile(r"[a-z]{2,}.* |[a-z] .*[a-z]")


def spoken() -> Iterator[Path]:
    """Yield every module of which a sentence can reach a screen."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if not any(name == one or name.startswith(f"{one}/") for one in SILENT):
                yield file
    yield from (ROOT / name for name in RUNS)


def sentences(file: Path) -> Iterator[str]:
    """Yield every text of two words and more, its places as {}.

    None of them are docstrings, what a log says, what the API's description says, broken promises
    (`AssertionError`), and texts with a Chinese twin beside them.
    """
    tree = ast.parse(file.read_text("utf-8"))
    aside = {id(part) for one in ast.walk(tree) for part in _aside(one)}
    for one in ast.walk(tree):
        if id(one) in aside:
            continue
        if isinstance(one, ast.JoinedStr):
            text = "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in one.values)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            text = one.value
        else:
            continue
        if _TWO_WORDS.search(text.replace("{}", "")):
            yield text.strip()


def _aside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the texts below a node which are no sentence for people, or no whole one."""
    match node:
        case ast.JoinedStr(values=parts):
            yield from parts
        case ast.Expr(value=ast.Constant() as prose):
            yield prose
        case ast.AnnAssign(annotation=kind):
            yield from ast.walk(kind)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="log"))):
            yield from ast.walk(node)
        case ast.Constant(value=str(text)) if "%s" in text or "%d" in text:
            yield node
        case ast.Call(func=ast.Name(id="AssertionError")) | ast.Assert():
            yield from ast.walk(node)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and key.value in _FOR_PROGRAMS:
                    yield from ast.walk(value)
        case ast.keyword(arg=name) if name in _FOR_PROGRAMS:
            yield from ast.walk(node)
        case ast.Assign(targets=[ast.Name(id=name)]) if name == "en" or name.endswith("_en"):
            yield from ast.walk(node)
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Call | ast.Tuple) and any(map(_is_chinese, children)):
        yield from (part for child in children for part in ast.walk(child))


def _is_chinese(node: ast.AST) -> bool:
    texts = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return any(isinstance(text, str) and _HAN.search(text) for text in texts)
