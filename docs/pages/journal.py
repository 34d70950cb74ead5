"""`reference/journal.md`: which step of an incident is which record; forms of export and checkpoint."""

from collections.abc import Mapping

from controller.store.checkpoints import AT_ONCE, EVERY_RECORDS, EVERY_S
from controller.store.journal import ChainRow, canonical
from controller.store.notes import Checkpoint, SigningKey
from docs.pages import words
from docs.pages.markdown import code, fence, table

STEPS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "parse": (("parse",), "what a line of chat was taken for, also where nothing was sent"),
    "report": (("report", "correction"), "what came in, in its words and as it was understood"),
    "plan": (("intent",), "every demand with its rule and reason is in the body of the intent"),
    "intent": (("intent",), "committed before the first command leaves"),
    "send": (("step",), "`state` is `sent`"),
    "ack": (("step",), "`state` is `acked`"),
    "read-back": (("step",), "`state` is `verified`, `mismatch`, `timeout`, `unreachable`, …"),
    "verdict": (("verdict", "state"), "once a window; later proofs move the incident's state"),
    "lock": (("lock", "unlock", "service", "walk", "commissioned"), "orders on single devices"),
    "release": (
        ("clear", "release", "release_goes_on", "released", "cleared", "cancelled", "release_adopted"),
        "the order, each phase, each device seen at its new value, the end",
    ),
    "login": (("login", "logout"), "at the console; elsewhere the token names nobody"),
    "configuration load": (("start", "site"), "at each start: epochs, digest of the site, open incidents"),
    "alarm": (
        ("alarm", "alarm_ack", "alarm_shelved", "alarm_unshelved"),
        "raised, ended, and what people did",
    ),
    "fault": (("fault", "journal_degraded", "journal_cut"), "of the controller itself"),
    "key": (("key", "key_rotated", "checkpoint"), "who signs, and what was signed"),
}
"""Step of an incident or of the controller → its kinds of record, and a remark."""

_INTRO = """# Journal

Every row has `seq`, `at_ms` (UTC), `kind`, `actor`, `section`, `epoch`, `body`, `prev` and `hash`. How
it is read: [Read the journal](../how-to/read-the-journal.md). Why it can be trusted: [The
journal](../explanation/journal.md).

## Which step is which record

Who gave an order is in `actor`. Outside the console that is what the caller says.
"""
_EXPORT = """## Form of an export

One row a line as canonical JSON: UTF-8, keys sorted, no blanks, whole numbers only. Without its member
`hash` a line is the text whose SHA-256 the hash is. The last line is a checkpoint over everything before
it.
"""
_NOTE = f"""## Form of a checkpoint

A [signed note](https://c2sp.org/signed-note): origin, number of records, hash of the last of them in
base64 (a chain has no Merkle root), UTC milliseconds; an empty line; a line with the name of the key
and, in base64, four bytes of the key's hash and the ed25519 signature of the lines above the empty one.

A checkpoint is made {EVERY_S:.0f} s after the first record it will cover, after {EVERY_RECORDS:,}
records, at once behind a record of kind {", ".join(code(kind) for kind in sorted(AT_ONCE))}, and at the
end of the process. It is a record of kind `checkpoint`, a note in the second file (notes one after the
other, an empty line behind each), and a line of syslog with `\\n` for line feeds.

A public key is written `name+hash+base64`.
"""


def page() -> str:
    """Return the page."""
    rows = [[step, ", ".join(code(k) for k in kinds), remark] for step, (kinds, remark) in STEPS.items()]
    kinds = [[code(kind), zh, text] for kind, (zh, text) in words.JOURNAL.items()]
    key = SigningKey("onekey-sanduling", bytes(32))
    row = ChainRow(
        1,
        1_795_305_600_000,
        "key",
        '{"id":"onekey","role":"system","via":"controller"}',
        "",
        0,
        canonical({"former": None, "public": key.public.text}),
        "0" * 64,
        "f" * 64,
    )
    note = key.sign(Checkpoint("onekey-sanduling", 4213, "ab" * 32, 1_795_305_600_000).text)
    return "\n".join(
        [
            _INTRO,
            table(("step", "kinds", "remark"), rows),
            "## Kinds of record\n",
            table(("kind", "中文", "meaning"), kinds),
            _EXPORT,
            fence("json", f"{row.export_line()}\n"),
            _NOTE,
            fence("text", note),
        ]
    )
