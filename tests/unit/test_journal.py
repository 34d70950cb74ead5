"""The journal's text and chain: what cannot be recorded is refused, what was changed is found."""

import json
from dataclasses import replace
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.store.journal import (
    GENESIS,
    ChainRow,
    JournalValueError,
    canonical,
    chain_hash,
    chained,
    verify,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
BODY = st.dictionaries(TEXT, JSON, max_size=4)
RECORD = st.fixed_dictionaries(
    {
        "at_ms": st.integers(0, 2**45),
        "kind": TEXT,
        "section": TEXT,
        "epoch": st.integers(0, 2**40),
        "body": BODY,
    }
)


class Aspect(StrEnum):
    CLOSED = "closed"


def chain_of(records: list[dict[str, Any]]) -> list[ChainRow]:
    rows: list[ChainRow] = []
    actor = canonical({"id": "u1", "role": "dispatcher", "via": "api"})
    for record in records:
        texts = record | {"body": canonical(record["body"])}
        rows.append(chained(rows[-1] if rows else None, actor=actor, **texts))
    return rows


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(
            {"b": 1, "a": [True, None, "x"]}, '{"a":[true,null,"x"],"b":1}', id="keys-sorted-no-spaces"
        ),
        pytest.param({"文": "前方快车道事故"}, '{"文":"前方快车道事故"}', id="chinese-as-itself"),
        pytest.param({"v": Aspect.CLOSED}, '{"v":"closed"}', id="enum-as-text"),
        pytest.param(MappingProxyType({"t": (1, 2)}), '{"t":[1,2]}', id="mapping-and-tuple"),
        pytest.param(
            {"\uffff": 1, "\U0001f6a7": 2}, '{"\uffff":1,"\U0001f6a7":2}', id="sorted-by-code-point"
        ),
        pytest.param({}, "{}", id="empty"),
    ],
)
def test_canonical_text(value: Any, text: str) -> None:
    assert canonical(value) == text


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param({"a": {"t_s": 1.5}}, r"body\.a\.t_s is the float 1\.5", id="float"),
        pytest.param([{"x": float("nan")}], r"body\[0\]\.x is the float nan", id="nan"),
        pytest.param({"a": [float("inf")]}, r"body\.a\[0\]", id="infinity-in-list"),
        pytest.param({"lanes": {1: "blocked"}}, r"body\.lanes has the key 1", id="number-as-key"),
        pytest.param({None: 1}, "the key None", id="none-as-key"),
        pytest.param({"a": b"x"}, "bytes", id="bytes"),
        pytest.param({"a": {1, 2}}, "set", id="set"),
        pytest.param({"a": "\ud800"}, "surrogate", id="half-a-surrogate-pair"),
    ],
)
def test_what_has_no_canonical_form_is_refused_with_its_place(value: Any, says: str) -> None:
    with pytest.raises(JournalValueError, match=says):
        canonical(value)


def test_nesting_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(JournalValueError, match="nested deeper"):
        canonical(endless)


@given(JSON)
def test_canonical_text_means_the_same_value_and_has_one_form(value: Any) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@given(BODY)
def test_order_of_keys_does_not_matter(body: dict[str, Any]) -> None:
    assert canonical(dict(reversed(body.items()))) == canonical(body)


@given(st.lists(RECORD, max_size=6))
def test_an_untouched_chain_holds(records: list[dict[str, Any]]) -> None:
    rows = chain_of(records)
    found = verify(rows)
    assert found.ok
    assert found.rows == len(rows)
    assert found.last_hash == (rows[-1].hash if rows else GENESIS)


@given(st.lists(RECORD, min_size=1, max_size=5), st.data())
def test_every_change_of_one_field_is_found(records: list[dict[str, Any]], data: st.DataObject) -> None:
    rows = chain_of(records)
    at = data.draw(st.integers(0, len(rows) - 1), "row")
    field = data.draw(st.sampled_from(ChainRow.__slots__), "field")
    old = getattr(rows[at], field)
    new = data.draw(
        (st.integers(0, 2**45) if isinstance(old, int) else TEXT).filter(lambda v: v != old), "value"
    )
    changed: dict[str, Any] = {field: new}
    rows[at] = replace(rows[at], **changed)
    found = verify(rows)
    assert not found.ok
    # A changed hash shows in its own row; every other field too, since nothing else was made to fit.
    assert found.first_bad_seq == rows[at].seq
    assert found.reason


@given(st.lists(RECORD, min_size=2, max_size=5), st.data())
def test_a_changed_body_with_a_fitting_hash_breaks_the_next_row(
    records: list[dict[str, Any]], data: st.DataObject
) -> None:
    rows = chain_of(records)
    at = data.draw(st.integers(0, len(rows) - 2))
    forged = replace(rows[at], body=canonical({"forged": rows[at].hash}))
    rows[at] = replace(forged, hash=chain_hash(forged))
    assert verify(rows).first_bad_seq == rows[at + 1].seq


@given(st.lists(RECORD, min_size=2, max_size=6), st.data())
def test_a_removed_row_is_found(records: list[dict[str, Any]], data: st.DataObject) -> None:
    rows = chain_of(records)
    del rows[data.draw(st.integers(0, len(rows) - 2))]  # the last one leaves a chain that fits
    assert not verify(rows).ok


def test_text_moved_between_fields_is_found() -> None:
    # Its hash fits and its links fit; only the demand for whole JSON values gives it away.
    row = chained(None, at_ms=5, kind="k", actor='{"id":"u"}', section="", epoch=1, body='{"a":1}')
    moved = replace(row, actor='{"id":"u"},"at_ms":5,"body":{"a":1}', body='{"a":1}', at_ms=5)
    forged = replace(moved, hash=chain_hash(moved))
    assert verify([forged]).reason == "actor of row 1 is not canonical JSON"


def test_the_walk_may_start_in_the_middle() -> None:
    rows = chain_of([{"at_ms": n, "kind": "k", "section": "", "epoch": 1, "body": {}} for n in range(4)])
    assert verify(rows[2:], after=rows[1]).ok
    assert verify(rows[2:]).first_bad_seq == 3


@given(RECORD)
def test_an_exported_line_can_be_checked_without_us(record: dict[str, Any]) -> None:
    row = chain_of([record])[0]
    line = json.loads(row.export_line())
    given_hash = line.pop("hash")
    text = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert sha256(text.encode()).hexdigest() == given_hash == row.hash
    assert canonical(json.loads(row.export_line())) == row.export_line()
