"""Checkpoints of a real store: when they are made, where they go, what they find; nothing waits for them."""

import asyncio
import os
import socket
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from controller.store.checkpoints import CUT, KEEPING, Sealing
from controller.store.keyfile import KeyFileError
from controller.store.notes import SigningKey, VerifierKey, parse_note
from controller.store.reads import verify_journal
from controller.store.store import Store
from controller.store.witness import WitnessPlaces, kept_notes, note_of_line
from tests.contract.store_samples import ACTOR, intent, kinds, opened, record, until

NAME = "onekey-test"


class Place:
    """A folder with a store, its key and its second file."""

    def __init__(self, folder: Path) -> None:
        self.db = folder / "onekey.db"
        self.key = folder / "onekey.key"
        self.notes = folder / "elsewhere" / "checkpoints"
        self.troubles: list[tuple[str, str]] = []

    @asynccontextmanager
    async def opened(self, *, syslog: str = "off", **how: Any) -> AsyncIterator[Store]:
        sealing = Sealing(NAME, self.key, WitnessPlaces(self.notes, syslog), **how)
        async with opened(self.db, sealing=sealing) as store:
            assert store.checkpoints is not None
            store.checkpoints.when_troubled(lambda *said: self.troubles.append(said))
            yield store

    def public(self) -> VerifierKey:
        return SigningKey.parse(self.key.read_text()).public

    def sizes(self) -> list[int]:
        return [parse_note(note).checkpoint.size for note in kept_notes(self.notes)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def steps(store: Store, count: int) -> None:
    for n in range(count):
        store.submit([], [record("step", n=n)])
    assert (await store.commit([], [record("verdict")])).durable


async def test_the_key_is_made_for_its_owner_alone_and_named_in_the_journal(place: Place) -> None:
    async with place.opened() as store:
        assert store.checkpoints is not None
        assert stat.S_IMODE(place.key.stat().st_mode) == 0o600
        assert store.checkpoints.public_key == place.public().text
        await steps(store, 1)
        (row,) = await store.journal(kinds=["key"])
        assert row.body["public"] == place.public().text
        assert "PRIVATE" not in str(await store.journal())
    place.key.chmod(0o644)
    async with place.opened():
        assert stat.S_IMODE(place.key.stat().st_mode) == 0o600
    assert kinds(place.db).count("key") == 1


async def test_a_checkpoint_every_so_many_records(place: Place) -> None:
    async with place.opened(every_records=100) as store:
        for _ in range(3):
            await steps(store, 100)
            await until(lambda: not store._writer.waiting)
        await until(lambda: len(place.sizes()) == 3)
        found = await store.verify([place.public()], kept_notes(place.notes))
        assert found.ok, found.reason
        assert found.sealed.outside == 3
        assert found.rows - found.sealed.size < 100 + 5


async def test_a_checkpoint_after_a_time_and_none_while_nothing_happens(place: Place) -> None:
    async with place.opened(every_s=0.05) as store:
        await until(lambda: len(place.sizes()) == 1)
        await asyncio.sleep(0.3)
        assert len(place.sizes()) <= 2  # the key's own record; then nothing new, nothing signed
        before = len(place.sizes())
        await steps(store, 1)
        await until(lambda: len(place.sizes()) == before + 1)


async def test_the_end_of_an_incident_is_sealed_at_once(place: Place) -> None:
    async with place.opened() as store:
        await store.commit(*intent("I-1"))
        await asyncio.sleep(0.05)
        assert place.sizes() == []
        await store.commit([], [record("cleared", incident="I-1")])
        await until(lambda: len(place.sizes()) == 1)
        (cleared,) = await store.journal(kinds=["cleared"])
        assert place.sizes()[0] >= cleared.seq


async def test_an_orderly_end_seals_everything_before_it(place: Place) -> None:
    async with place.opened() as store:
        await steps(store, 10)
    found = await verify_journal(place.db, [place.public()], kept_notes(place.notes))
    assert found.ok
    assert found.rows - found.sealed.size == 1  # the checkpoint's own record
    assert kinds(place.db)[-1] == "checkpoint"


async def test_a_cut_tail_is_found_by_a_verifier_and_by_the_next_start(place: Place) -> None:
    async with place.opened() as store:
        await steps(store, 20)
    conn = sqlite3.connect(place.db)
    conn.execute("DELETE FROM journal WHERE seq > (SELECT MAX(seq) - 5 FROM journal)")
    conn.commit()
    conn.close()
    found = await verify_journal(place.db, [place.public()], kept_notes(place.notes))
    assert not found.ok
    assert "are missing" in found.reason
    assert (await verify_journal(place.db)).ok  # the chain alone cannot know
    async with place.opened() as store:
        await until(lambda: any(subject == CUT for subject, _ in place.troubles))
        assert "was cut or an older copy put back" in dict(place.troubles)[CUT]
        await steps(store, 1)
        assert len(await store.journal(kinds=["journal_cut"])) == 1
        assert (await store.commit(*intent("I-1"))).durable  # it warns, it does not stop


async def test_a_rewritten_record_is_found_by_its_checkpoint(place: Place) -> None:
    async with place.opened() as store:
        await steps(store, 20)
    conn = sqlite3.connect(place.db)
    conn.execute("UPDATE journal SET body = '{\"n\":99}' WHERE seq = 5")
    conn.commit()
    conn.close()
    found = await verify_journal(place.db)
    assert (found.ok, found.first_bad_seq) == (False, 5)


async def test_rotation_is_recorded_and_the_newest_key_is_enough(place: Place) -> None:
    async with place.opened() as store:
        assert store.checkpoints is not None
        old = place.public()
        await steps(store, 3)
        new = await store.checkpoints.rotate(ACTOR, store.commit)
        assert place.public().text == new != old.text
        assert stat.S_IMODE(place.key.stat().st_mode) == 0o600
        await steps(store, 3)
        (row,) = await store.journal(kinds=["key_rotated"])
        assert (row.body["to"], row.actor["id"]) == (new, ACTOR.id)
    async with place.opened() as store:
        await steps(store, 3)
    for key in (old, place.public()):
        found = await verify_journal(place.db, [key], kept_notes(place.notes))
        assert found.ok, found.reason
        assert found.sealed.keys == (old.text, new)
    assert kinds(place.db).count("key") == 1


@pytest.mark.parametrize("sealed", [True, False], ids=["handed-over", "not-yet-handed-over"])
async def test_a_rotation_cut_off_by_a_kill_is_finished_by_the_next_start(place: Place, sealed: bool) -> None:
    async with place.opened() as store:
        assert store.checkpoints is not None
        old = place.key.read_text()
        new = await store.checkpoints.rotate(ACTOR, store.commit)
        staged = place.key.read_text()
        await until(lambda: "checkpoint" in kinds(place.db))
    conn = sqlite3.connect(place.db)
    keep = "SELECT seq FROM journal WHERE kind = 'key_rotated'"
    if sealed:
        keep = f"SELECT MIN(seq) FROM journal WHERE kind = 'checkpoint' AND seq > ({keep})"
    conn.execute(f"DELETE FROM journal WHERE seq > ({keep})")
    conn.commit()
    conn.close()
    place.key.write_text(old)
    place.key.with_name(f"{place.key.name}.new").write_text(staged)
    place.notes.unlink()
    async with place.opened() as store:
        assert store.checkpoints is not None
        assert store.checkpoints.public_key == place.public().text == new
        await steps(store, 3)
    found = await verify_journal(place.db, [SigningKey.parse(old).public])
    assert found.ok, found.reason


async def test_a_lost_key_file_is_told_by_the_verifier_until_both_keys_are_given(place: Place) -> None:
    async with place.opened() as store:
        await steps(store, 3)
    old = place.public()
    place.key.unlink()
    async with place.opened() as store:
        await steps(store, 3)
    assert "did not sign" in (await verify_journal(place.db, [old])).reason
    assert (await verify_journal(place.db, [old, place.public()])).ok


async def test_a_damaged_key_file_is_an_alarm_and_stops_nothing(place: Place) -> None:
    place.key.write_text("PRIVATE+KEY+x")
    async with place.opened() as store:
        assert store.checkpoints is not None
        assert place.troubles[0][0] == KEEPING
        assert str(place.key) in place.troubles[0][1]
        assert store.checkpoints.public_key is None
        assert (await store.commit(*intent("I-1"))).durable
        with pytest.raises(KeyFileError):
            await store.checkpoints.rotate(ACTOR, store.commit)


async def test_a_second_file_that_cannot_be_written_is_an_alarm_until_it_can(place: Place) -> None:
    place.notes.parent.mkdir()
    place.notes.mkdir()
    async with place.opened() as store:
        await store.commit([], [record("cleared")])
        await until(lambda: bool(place.troubles))
        assert str(place.notes) in place.troubles[-1][1]
        assert not store.degraded
        place.notes.rmdir()
        await store.commit([], [record("cleared")])
        await until(lambda: place.troubles[-1] == (KEEPING, ""))
        assert len(place.sizes()) == 1


async def test_a_second_file_that_hangs_holds_nobody(place: Place) -> None:
    place.notes.parent.mkdir()
    os.mkfifo(place.notes)  # opening it waits for a reader that never comes
    async with place.opened() as store:
        loop = asyncio.get_running_loop()
        await store.commit([], [record("cleared")])
        began = loop.time()
        for n in range(5):
            assert (await store.commit(*intent(f"I-{n}"))).durable
        assert loop.time() - began < 2
    os.close(os.open(place.notes, os.O_RDWR))  # lets the thread end


async def test_syslog_gets_each_checkpoint_as_one_line(place: Place) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as syslog:
        syslog.bind(("127.0.0.1", 0))
        syslog.settimeout(5)
        host, port = syslog.getsockname()
        async with place.opened(syslog=f"{host}:{port}") as store:
            await store.commit([], [record("cleared")])
            line = (await asyncio.to_thread(syslog.recv, 2048)).decode()
    assert line.startswith("<85>onekey[")
    assert "\n" not in line
    note = parse_note(note_of_line(line))
    assert note.signer([place.public()]) is not None
    assert note.checkpoint.size == place.sizes()[0]


async def test_a_missing_syslog_that_was_asked_for_is_an_alarm(place: Place, tmp_path: Path) -> None:
    async with place.opened(syslog=str(tmp_path / "no-socket")) as store:
        await store.commit([], [record("cleared")])
        await until(lambda: bool(place.troubles))
        assert "syslog" in place.troubles[-1][1]
        assert len(place.sizes()) == 1  # the file has it all the same


async def test_a_note_torn_by_a_power_cut_spoils_no_other(place: Place) -> None:
    async with place.opened() as store:
        await steps(store, 1)
    whole = place.notes.read_bytes()
    place.notes.write_bytes(whole + whole[:50])
    async with place.opened() as store:
        await steps(store, 1)
    assert len(place.sizes()) == 2
    assert (await verify_journal(place.db, [place.public()], kept_notes(place.notes))).sealed.outside == 2
