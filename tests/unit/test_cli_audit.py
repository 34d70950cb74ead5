"""`onekey audit verify` on files alone: exports, databases, and whatever else is given to it."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import main
from controller.store.checkpoints import Sealing
from controller.store.export import closing_line
from controller.store.keyfile import load_or_make
from controller.store.witness import WitnessPlaces
from tests.contract.store_samples import opened, record


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["audit", "verify", *map(str, words)])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database, its export, the public key, and the checkpoints kept elsewhere."""
    folder = tmp_path_factory.mktemp("audit")

    async def write() -> None:
        places = WitnessPlaces(folder / "onekey.db.checkpoints", "off")
        sealing = Sealing("onekey-test", folder / "key", places)
        async with opened(folder / "onekey.db", sealing=sealing) as store:
            for n in range(5):
                await store.commit([], [record("intent", n=n, text="前方事故")])
            assert store.checkpoints is not None
            await store._writer.flush()
            closing = store.checkpoints.closing()
            assert closing is not None
            rows = await store.journal()
            lines = [
                json.dumps(
                    {s: getattr(row, s) for s in row.__slots__},
                    ensure_ascii=False,
                    sort_keys=True,
                    separators=(",", ":"),
                )
                for row in rows
                if row.seq <= closing[0]
            ]
            text = "\n".join([*lines, closing_line(closing[1])]) + "\n"
            (folder / "journal.ndjson").write_text(text, "utf-8")

    asyncio.run(write())
    public = load_or_make(folder / "key", "onekey-test").public.text
    (folder / "onekey.pub").write_text(f"{public}\n")
    return folder


@pytest.mark.parametrize("file", ["journal.ndjson", "onekey.db"])
def test_what_is_whole(made: Path, file: str) -> None:
    done = run(made / file, "--key", made / "onekey.pub")
    assert done.exit_code == 0, done.output
    assert "unbroken" in done.output
    assert "sealed to record" in done.output
    assert "own word" not in done.output
    assert "own word" in run(made / file).output
    said = json.loads(run(made / file, "--json", "--key", (made / "onekey.pub").read_text()).output)
    assert said["ok"]
    assert said["sealed"]["given"]


def test_a_cut_export_ends_with_1_and_the_reason(made: Path, tmp_path: Path) -> None:
    lines = (made / "journal.ndjson").read_text("utf-8").splitlines(keepends=True)
    cut = tmp_path / "cut.ndjson"
    cut.write_text("".join(lines[:-1]), "utf-8")
    done = run(cut)
    assert done.exit_code == 1
    assert "does not end with a checkpoint" in done.output
    cut.write_text("".join([*lines[:2], *lines[3:]]), "utf-8")
    assert "line 3" in run(cut).output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["no-such-file"], "No such file", id="no-file"),
        pytest.param(
            ["journal.ndjson", "--key", "no-such-key"], "no key and no file with one", id="no-key-file"
        ),
        pytest.param(["journal.ndjson", "--key", "a+b+c"], "--key", id="no-key"),
        pytest.param(["journal.ndjson", "--key", "key"], "--key", id="private-key"),
        pytest.param(["journal.ndjson", "--checkpoints", "nothing"], "no such file", id="no-checkpoints"),
        pytest.param(["."], "directory", id="folder"),
    ],
)
def test_wrong_use_ends_with_2(
    made: Path, words: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made)
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert says in done.output
    assert "PRIVATE" not in done.output


def test_a_database_of_another_program_is_no_journal(tmp_path: Path) -> None:
    import sqlite3

    file = tmp_path / "other.db"
    with sqlite3.connect(file) as conn:
        conn.execute("CREATE TABLE t (x)")
    conn.close()
    assert run(file).exit_code == 2
