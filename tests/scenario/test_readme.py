"""The first session of the README and the tutorials, word by word, against a whole rig."""

import asyncio
import re
import shlex
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from api.bodies import ORIGIN_TEXT
from api.cli import main
from api.rig import Rig, running_rig
from docs.pages import http
from docs.snippets import ROOT, Shown, agrees, fences, shown
from simulators.remote import Desk

WORD_BY_WORD = [
    ROOT / "README.md",
    ROOT / "docs" / "tutorial" / "first-alert.md",
    ROOT / "docs" / "how-to" / "read-the-journal.md",
]
FIRST_SCENARIO = ROOT / "docs" / "tutorial" / "first-scenario.md"
NOT_HERE = ("make ", "onekey plan", "onekey parse", "onekey config")
"""What is not for this rig: it stands for `make demo`, the rest is offline and has a test of its own."""

_ID = re.compile(r"I-\d{8}-(\d{4})")


@pytest.mark.timeout(60)
async def test_what_the_pages_show_is_what_happens(tmp_path: Path) -> None:
    """One rig for all pages, as a newcomer has one demo: it takes seconds to be at rest."""
    async with running_rig(folder=tmp_path) as rig, Desk(rig.url, rig.token) as desk:
        await desk.until_well(within_s=15)
        for page in WORD_BY_WORD:
            known = len((await desk.call("GET", "/api/v1/incidents"))["incidents"])
            await desk.press(ORIGIN_TEXT)  # what `make demo` leaves
            await desk.until_well(within_s=5)
            snippets = [s for s in shown(page) if not s.command.startswith(NOT_HERE)]
            assert snippets
            for snippet in snippets:
                await goes_as_shown(snippet, rig, known)
        await an_export_can_be_checked(rig, tmp_path)
        await a_first_scenario_goes_as_shown(rig, tmp_path)
        assert await desk.call("GET", "/openapi.json") == http.description()


async def goes_as_shown(snippet: Shown, rig: Rig, known: int) -> None:
    """Run one command; incident 1 of the page is the first after the `known` ones."""
    async with httpx2.AsyncClient(base_url=rig.url, trust_env=False) as client:
        day: str = (await client.get("/api/v1/incidents")).json()["incidents"][0]["id"][:10]
        command, expected = (
            _ID.sub(lambda m: f"{day}-{known + int(m[1]):04d}", text)
            for text in (snippet.command, snippet.output)
        )
        words = shlex.split(command.replace("$ONEKEY_URL", rig.url).replace("$ONEKEY_TOKEN", rig.token))
        real = await (curl(words[1:], client) if words[0] == "curl" else onekey(words[1:], rig))
    assert agrees(spaced(real), spaced(expected)), f"$ {command}\n{real}"


def spaced(text: str) -> str:
    """Return the text with counts that depend on the moment, and on the journal's length, made alike."""
    return re.sub(r'"rows":\d+', '"rows":N', text)


async def onekey(words: list[str], rig: Rig) -> str:
    """Run the command in a thread of this process: a start of Python for each would take the most time."""
    env = {"ONEKEY_URL": rig.url, "ONEKEY_TOKEN": rig.token}
    done = await asyncio.to_thread(CliRunner().invoke, main, words, env=env)
    return done.stdout + done.stderr


async def curl(words: list[str], client: httpx2.AsyncClient) -> str:
    """Do what curl would with the few options the pages use."""
    method, url, headers, body = "GET", "", {}, None
    rest = iter(words)
    for word in rest:
        match word:
            case "-s":
                pass
            case "-X":
                method = next(rest)
            case "-H":
                header, _, value = next(rest).partition(": ")
                headers[header] = value
            case "-d":
                body = next(rest).encode()
            case _:
                url = word
    answer = await client.request(method, url, headers=headers, content=body, timeout=20)
    return answer.text


async def an_export_can_be_checked(rig: Rig, folder: Path) -> None:
    """The program of the how-to finds a good chain good and a changed one bad."""
    (program,) = fences(ROOT / "docs" / "how-to" / "read-the-journal.md", "python")
    async with httpx2.AsyncClient(base_url=rig.url, trust_env=False) as client:
        export = (await client.get("/api/v1/audit/export")).text
    file = folder / "journal.ndjson"
    file.write_text(export, "utf-8")
    program = program.replace("journal.ndjson", str(file))
    exec(program, {})
    file.write_text(export.replace("LCS-FU-07-1", "LCS-FU-07-2", 1), "utf-8")
    with pytest.raises(AssertionError):
        exec(program, {})


async def a_first_scenario_goes_as_shown(rig: Rig, folder: Path) -> None:
    """Do what the tutorial tells, edit by edit; its runs are made on this rig, which spares their starts."""
    whole, line, last = fences(FIRST_SCENARIO, "yaml")
    good, wrong, passes, fails, named = shown(FIRST_SCENARIO)
    page = FIRST_SCENARIO.read_text("utf-8")
    assert len(whole.splitlines()) < 10, "under ten lines"
    assert "write `closd` for `closed`" in page
    assert "Add this as the first step" in page
    for text, snippet in (
        (whole, good),
        (whole.replace("closed", "closd"), wrong),
        (whole, passes),
        (whole.replace("steps:\n", f"steps:\n{line}"), fails),
        (last, named),
    ):
        (folder / "first.yaml").write_text(text, "utf-8")
        words = [str(folder / word) if "." in word else word for word in shlex.split(snippet.command)]
        if words[2] == "run":
            words += ["--url", rig.url, "--control", rig.control_url]
        real = (await onekey(words[1:], rig)).replace(f"{folder}/", "")
        assert agrees(real, snippet.output), f"$ {snippet.command}\n{real}"
    assert "LCS-FU-09-1 showed open" in (folder / "report.html").read_text("utf-8")
