"""The store on real SQLite files: opening, ids, epochs, and that rows come back as they went in."""

import asyncio
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from controller.store import open as files
from controller.store import schema
from controller.store.errors import StoreBroken, StoreError
from controller.store.reads import verify_journal
from controller.store.rows import (
    AdoptedGone,
    AdoptedRow,
    FaultGone,
    FaultRow,
    IdempotencyRow,
    IncidentRow,
    LatchGone,
    LatchRow,
    LockGone,
    LockRow,
    PermitGone,
    PermitRow,
    ServiceGone,
    ServiceRow,
    StepRow,
    VerdictRow,
)
from controller.store.store import Store
from controller.store.writer import Limits
from tests.contract.store_samples import (
    ACTOR_JSON,
    START_MS,
    Clock,
    incident,
    intent,
    kinds,
    opened,
    record,
    revision,
    step,
    until,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "onekey.db"


async def test_a_key_stored_before_does_not_take_down_the_intent_that_brings_it_again(path: Path) -> None:
    """The look-up was too slow (P5): the press went out, so it belongs into the journal like any other."""
    async with opened(path) as store:
        first, second = store.next_incident_id(), store.next_incident_id()
        await store.commit(*intent(first))
        changes, records = intent(second)
        again = [replace(c, key=f"key-{first}") if isinstance(c, IdempotencyRow) else c for c in changes]
        assert (await store.commit(again, records)).durable
        assert {found.incident.id for found in await store.open_incidents()} == {first, second}
        key = await store.idempotency(f"key-{first}")
        assert key is not None
        assert key.incident == first


async def test_a_durable_intent_is_read_back_whole(path: Path) -> None:
    async with opened(path) as store:
        id_ = store.next_incident_id()
        assert id_ == "I-20261122-0001"
        done = await store.commit(*intent(id_))
        assert done.durable
        (found,) = await store.open_incidents()
        assert found.incident == incident(id_)
        assert found.latest == revision(id_)
        assert [head.number for head in found.history] == [1]
        assert found.verdict is None
        key = await store.idempotency(f"key-{id_}")
        assert key is not None
        assert key.incident == id_
        assert await store.idempotency("other") is None
        entries = await store.journal(kinds=["plan", "intent"])
        assert [(e.kind, e.section, e.epoch) for e in entries] == [
            ("plan", "fujian", store.epochs["fujian"]),
            ("intent", "fujian", store.epochs["fujian"]),
        ]
        assert entries[0].actor == ACTOR_JSON
        assert (await store.verify()).ok


async def test_a_restart_sees_the_release_it_was_in(path: Path) -> None:
    verdict = VerdictRow("I-20261122-0001", 3, START_MS + 9, {"outcome": "met", "failed": {}})
    async with opened(path) as store:
        id_ = store.next_incident_id()
        await store.commit(*intent(id_))
        release = {"order": "u7", "without_proof": ["LCS-9"]}
        await store.commit([revision(id_, 2, "release", "siren")], [record("release")])
        clearing = incident(id_, "clearing", revision=3, release=release)
        await store.commit([clearing, revision(id_, 3, "release", "lanes"), verdict], [record("release")])
        await store.commit([incident("I-20261122-0002", "cleared")], [record("release")])
    async with opened(path) as store:
        (found,) = await store.open_incidents()
        assert found.incident.state == "clearing"
        assert found.incident.release == release
        assert [(head.kind, head.phase) for head in found.history] == [
            ("activation", ""),
            ("release", "siren"),
            ("release", "lanes"),
        ]
        assert found.latest is not None
        assert found.latest.number == 3
        assert found.verdict == verdict
        assert [one.number for one in await store.revisions(id_)] == [1, 2, 3]
        assert await store.verdicts(id_) == [verdict]
        other = await store.incident("I-20261122-0002")
        assert other is not None
        assert (other.latest, other.history) == (None, ())
        assert await store.incident("I-19990101-0001") is None


async def test_steps_keep_the_last_state_and_their_order(path: Path) -> None:
    async with opened(path) as store:
        for state in ("queued", "sent", "verified"):
            for device in ("b", "a"):
                store.submit([step("I-1", device, state)], [record("step", device=device, state=state)])
        store.submit([StepRow("I-1", 2, "a", "sent", "", 1, START_MS, {})], [record("step")])
        assert (await store.commit([], [record("verdict")])).durable
        assert [(s.number, s.device, s.state) for s in await store.steps("I-1")] == [
            (1, "a", "verified"),
            (1, "b", "verified"),
            (2, "a", "sent"),
        ]
        assert [s.device for s in await store.steps("I-1", 2)] == ["a"]
        states = [e.body["state"] for e in await store.journal(kinds=["step"]) if "state" in e.body]
        assert states == ["queued", "queued", "sent", "sent", "verified", "verified"]


async def test_facts_of_devices_come_and_go(path: Path) -> None:
    adopted = AdoptedRow("LCS-1", {"aspect": "closed"}, START_MS)
    permit = PermitRow("LCS-2", {"aspect": "closed"}, "I-1", START_MS)
    lock = LockRow("LCS-3", None, "works", ACTOR_JSON, START_MS, None)
    service = ServiceRow("LCS-4", "lamp", ACTOR_JSON, START_MS, START_MS + 60_000)
    async with opened(path) as store:
        fault = FaultRow("LCS-5", "stuck", START_MS)
        latch = LatchRow("pair", {"LCS-6": "open"}, START_MS)
        await store.commit([adopted, permit, lock, service, fault, latch], [record("adopted")])
        assert await store.adopted() == {"LCS-1": adopted}
        assert await store.permits() == {"LCS-2": permit}
        assert await store.locks() == {"LCS-3": lock}
        assert await store.services() == {"LCS-4": service}
        assert await store.faults() == {"LCS-5": fault}
        assert await store.latches() == {"pair": latch}
        await store.commit(
            [
                *(AdoptedGone("LCS-1"), PermitGone("LCS-2", "I-1", START_MS), LockGone("LCS-3")),
                *(ServiceGone("LCS-4"), FaultGone("LCS-5"), LatchGone("pair"), permit),
            ],
            [record("release")],
        )
        assert not await store.adopted()
        assert not await store.locks()
        assert not await store.services()
        assert not await store.faults()
        assert not await store.latches()
        # Gone, then there again, in one transaction: order inside a table is kept.
        assert await store.permits() == {"LCS-2": permit}


@pytest.mark.parametrize(
    ("gone", "left"),
    [
        (PermitGone("LCS-2", "I-1", START_MS), True),
        (PermitGone("LCS-2", "I-2", START_MS + 9), True),
        (PermitGone("LCS-2", "I-1"), True),
        (PermitGone("LCS-1", "I-2", START_MS + 5), True),
        (PermitGone("LCS-2", "I-2", START_MS + 5), False),
        (PermitGone("LCS-2", "I-2"), False),
    ],
    ids=["older owner", "other order", "all of another", "other device", "this one", "all of its owner"],
)
async def test_the_end_of_one_permit_leaves_a_later_one(path: Path, gone: PermitGone, left: bool) -> None:
    older = PermitRow("LCS-2", {"aspect": "closed"}, "I-1", START_MS)
    later = PermitRow("LCS-2", {"aspect": "closed"}, "I-2", START_MS + 5)
    async with opened(path) as store:
        await store.commit([older], [record("release")])
        await store.commit([later, gone], [record("release")])
        assert await store.permits() == ({"LCS-2": later} if left else {})


async def test_incidents_are_paged_newest_first(path: Path) -> None:
    async with opened(path) as store:
        rows = [
            incident(f"I-20261122-{n:04d}", "active" if n % 2 else "cleared", created_ms=START_MS + n // 3)
            for n in range(9)
        ]
        await store.commit(rows, [record()])

        def numbers(page: list[IncidentRow]) -> list[int]:
            return [int(row.id[-4:]) for row in page]

        first = await store.incidents(limit=4)
        assert numbers(first) == [8, 7, 6, 5]
        assert numbers(await store.incidents(limit=4, before=first[-1].id)) == [4, 3, 2, 1]
        assert numbers(await store.incidents(states=["active"])) == [7, 5, 3, 1]
        assert await store.incidents(before="I-unknown") == []


async def test_steps_are_committed_although_nobody_waits(path: Path) -> None:
    async with opened(path, limits=Limits(batch_s=0.02)) as store:
        store.submit([step("I-1", "a")], [record("step")])
        assert kinds(path) == ["start"]  # not at once: a batch
        await until(lambda: kinds(path) == ["start", "step"])
        assert [s.device for s in await store.steps("I-1")] == ["a"]
        assert store.waiting == 0


async def test_an_awaited_commit_takes_along_what_waits_in_order(path: Path) -> None:
    async with opened(path, limits=Limits(batch_s=60)) as store:
        for n in range(600):  # more than one transaction
            store.submit([], [record("step", n=n)])
        assert (await store.commit([], [record("intent")])).durable
        entries = await store.journal()
        assert [e.kind for e in entries] == ["start", *["step"] * 600, "intent"]
        assert [e.body["n"] for e in entries[1:-1]] == list(range(600))


async def test_close_flushes(path: Path) -> None:
    async with opened(path, limits=Limits(batch_s=60)) as store:
        store.submit([], [record("step")])
    assert kinds(path) == ["start", "step"]
    assert (await verify_journal(path)).ok


async def test_ids_go_on_after_a_restart_and_begin_anew_each_utc_day(path: Path) -> None:
    clock = Clock(START_MS + 86_399_999)
    async with opened(path, clock) as store:
        await store.commit([incident(store.next_incident_id())], [record()])
        await store.commit([incident(store.next_incident_id())], [record()])
        clock.now_ms += 1
        assert store.next_incident_id() == "I-20261123-0001"
    clock.now_ms -= 1
    async with opened(path, clock) as store:
        assert store.next_incident_id() == "I-20261122-0003"


async def test_epochs_rise_with_every_start_even_if_the_clock_steps_back(path: Path) -> None:
    clock = Clock()
    async with opened(path, clock) as store:
        assert dict(store.epochs) == {"fujian": START_MS // 1000, "zhejiang": START_MS // 1000}
        (start,) = await store.journal(kinds=["start"])
        assert start.body["epochs"] == dict(store.epochs)
    clock.now_ms -= 3_600_000
    async with opened(path, clock) as store:
        assert store.epochs["fujian"] == START_MS // 1000 + 1


async def test_a_stale_epoch_is_raised_once_for_all_who_ask_and_kept(path: Path) -> None:
    stale = START_MS // 1000 + 50
    async with opened(path) as store:
        raised = await asyncio.gather(*(store.raise_epoch("fujian", stale) for _ in range(20)))
        assert set(raised) == {stale + 1}
        assert store.epochs["fujian"] == stale + 1
        assert store.epochs["zhejiang"] == START_MS // 1000
        assert len(await store.journal(kinds=["epoch"])) == 1
    async with opened(path) as store:
        assert store.epochs["fujian"] == stale + 2


SECOND = """
import asyncio, sys
from pathlib import Path
from controller.store.errors import StoreBroken, StoreError
from controller.store.store import Store
from devices.clock import SystemClock
async def main():
    try:
        await Store.open(Path(sys.argv[1]), clock=SystemClock(), sections=["fujian"])
    except StoreError as error:
        print(error)
asyncio.run(main())
"""


async def test_a_second_process_is_kept_out_and_told_why(path: Path) -> None:
    async with opened(path):
        run = [sys.executable, "-c", SECOND, str(path)]
        second = await asyncio.to_thread(
            subprocess.run, run, capture_output=True, text=True, timeout=20, check=True
        )
        assert "in use by process" in second.stdout
        assert "Stop that one" in second.stdout
        assert kinds(path) == ["start"]
    async with opened(path):  # free again
        pass


async def test_a_newer_schema_is_refused(path: Path) -> None:
    async with opened(path):
        pass
    conn = sqlite3.connect(path)
    conn.execute("UPDATE alembic_version SET version_num = '9999'")
    conn.commit()
    conn.close()
    with pytest.raises(StoreError, match=r"schema 9999.*newer onekey"):
        await Store.open(path, clock=Clock(), sections=["fujian"])
    assert kinds(path) == ["start"]


async def test_a_file_that_is_no_store_is_refused(path: Path) -> None:
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE holidays (day TEXT)")
    conn.close()
    with pytest.raises(StoreError, match="another program"):
        await Store.open(path, clock=Clock(), sections=["fujian"])
    await asyncio.to_thread(path.write_text, "no database at all, but long enough to be looked at\n" * 40)
    with pytest.raises(StoreBroken, match="damaged: file is not a database"):
        await Store.open(path, clock=Clock(), sections=["fujian"])
    with pytest.raises(StoreError):
        await verify_journal(path)
    with pytest.raises(StoreError, match="not there"):
        await verify_journal(path.with_name("other.db"))


async def test_a_broken_end_of_the_chain_is_refused_and_a_broken_middle_is_named(path: Path) -> None:
    async with opened(path) as store:
        await store.commit([], [record("step", n=n) for n in range(files.TAIL + 100)])
    conn = sqlite3.connect(path)
    conn.execute("""UPDATE journal SET body = '{"n":-1}' WHERE seq = 50""")
    conn.commit()
    async with opened(path) as store:  # far behind the end: a start does not read the whole journal
        found = await store.verify()
        assert (found.ok, found.first_bad_seq) == (False, 50)
        assert "changed" in found.reason
    conn.execute("DELETE FROM journal WHERE seq = (SELECT max(seq) - 3 FROM journal)")
    conn.commit()
    conn.close()
    with pytest.raises(StoreBroken, match=r"broken at its end.*missing.*audit verify"):
        await Store.open(path, clock=Clock(), sections=["fujian"])


async def test_the_migrated_schema_is_the_one_the_code_speaks(path: Path) -> None:
    async with opened(path):
        pass
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as conn:
        differences = compare_metadata(MigrationContext.configure(conn), schema.metadata)
        assert differences == []
    engine.dispose()
    config = Config()
    config.set_main_option("script_location", str(Path(files.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == schema.REVISION


def test_a_migration_that_stops_half_way_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine(f"sqlite:///{path}")

    def migrate(conn: Connection) -> None:
        files.migrate(conn, path)

    with monkeypatch.context() as patch:
        patch.setattr("alembic.operations.Operations.create_index", _power_cut)
        with engine.connect() as conn, pytest.raises(RuntimeError):
            migrate(conn)
    with engine.connect() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0
        migrate(conn)
        assert conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == schema.REVISION
    engine.dispose()


def _power_cut(*_: object, **__: object) -> None:
    raise RuntimeError("power cut")


async def test_readers_cannot_write(path: Path) -> None:
    async with opened(path):
        engine = files.reader_engine(path)
        async with engine.connect() as conn:
            with pytest.raises(Exception, match="readonly"):
                await conn.exec_driver_sql("DELETE FROM journal")
        await engine.dispose()


async def test_quiet_time_empties_the_wal_into_the_database(path: Path) -> None:
    async with opened(path, limits=Limits(idle_s=0.02)) as store:
        await store.commit(*intent(store.next_incident_id()))
        # The bare file without its WAL: what a checkpoint has brought home.
        bare = path.with_name("bare.db")

        def at_home() -> bool:
            bare.write_bytes(path.read_bytes())
            try:
                return kinds(bare) == ["start", "plan", "intent"]
            except sqlite3.DatabaseError:
                return False

        await until(at_home)
