"""The text of a site file: what is refused before anybody looks at its meaning, and at which line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.finding import SiteError
from config.loader import check_file, check_text, load_site, sample_site_path
from config.yaml_lines import MAX_BYTES, MAX_DEPTH, parse

SAMPLE = sample_site_path().read_bytes()


def data(text: str) -> Any:
    document, problems = parse(text.encode())
    assert document is not None, problems
    assert not problems
    return document.data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("no", "no", id="norway"),
        pytest.param("on", "on", id="on"),
        pytest.param("yes", "yes", id="yes"),
        pytest.param("true", True, id="true"),
        pytest.param('"true"', "true", id="quoted-true"),
        pytest.param("12:30", "12:30", id="sexagesimal"),
        pytest.param("2026-11-01", "2026-11-01", id="date"),
        pytest.param("011", "011", id="octal-or-not"),
        pytest.param("0x1F", 31, id="hex"),
        pytest.param("-7", -7, id="negative"),
        pytest.param("1_000", "1_000", id="underscore"),
        pytest.param("9" * 5_000, "9" * 5_000, id="absurd-number"),
        pytest.param("1.5", 1.5, id="decimal"),
        pytest.param("1e5", "1e5", id="exponent"),
        pytest.param("~", None, id="null"),
        pytest.param("K1889+300", "K1889+300", id="chainage"),
    ],
)
def test_scalars_mean_what_they_look_like(text: str, value: object) -> None:
    got = data(f"key: {text}")["key"]
    assert got == value
    assert type(got) is type(value)


def test_lines_of_keys_items_and_what_is_missing() -> None:
    document, _ = parse(b"a:\n  b: 1\n  c:\n\nd:\n  - x\n  - {e: 1,\n     f: 2}\n")
    assert document is not None
    assert document.line(("a", "b")) == 2
    assert document.line(("a", "c")) == 3  # empty: the line of its key
    assert document.line(("d",)) == 5  # a block: the line of its key
    assert document.line(("d", 1)) == 7
    assert document.line(("d", 1, "f")) == 8
    assert document.line(("d", 1, "missing")) == 7
    assert document.holds(("d", 1, "e"))
    assert not document.holds(("d", 0, 0))
    assert not document.holds(("d", 2))


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        pytest.param(b"", 0, "the file is empty", id="empty"),
        pytest.param(b"# only a comment\n", 0, "the file is empty", id="comment-only"),
        pytest.param(b"a: &x 1\nb: 2\n", 1, "anchors are not allowed", id="anchor"),
        pytest.param(b"a: 1\nb: *x\n", 2, "aliases are not allowed", id="alias"),
        pytest.param(b"a: 1\nb: !!python/name:os.system x\n", 2, "tags are not allowed", id="tag"),
        pytest.param(b"a: 1\n---\nb: 1\n", 2, "a second document", id="two-documents"),
        pytest.param(b"a: 1\n\tb: 1\n", 2, "not YAML", id="tab"),
        pytest.param(b"a: 1\nb: [1, 2\n", 3, "not YAML", id="open-bracket"),
        pytest.param(b"a: 1\n? [1]\n: 2\n", 2, "a key must be plain text", id="list-as-key"),
        pytest.param("a: 1\nb: 车\n".encode("gb18030"), 2, "not UTF-8", id="gb18030"),
        pytest.param(b"a: 1\nb: \x07\n", 2, "not", id="control-character"),
        pytest.param(b"a: " + b"[" * (MAX_DEPTH + 2), 1, "nested deeper", id="deep"),
        pytest.param(b"[" * 100_000, 1, "nested deeper", id="very-deep"),
        pytest.param(b"#" * (MAX_BYTES + 1), 0, "larger than", id="large"),
    ],
)
def test_text_that_is_refused_whole(raw: bytes, line: int, words: str) -> None:
    site, findings = check_text(raw, "x.yaml")
    assert site is None
    assert [finding.line for finding in findings] == [line], findings
    assert words in str(findings[0])


def test_a_bomb_of_aliases_is_refused_without_growing() -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    site, findings = check_text(text.encode(), "bomb.yaml")
    assert site is None
    assert len(findings) == 40 + 78


def test_a_byte_order_mark_is_no_mistake() -> None:
    site, findings = check_text(b"\xef\xbb\xbf" + SAMPLE, "bom.yaml")
    assert site is not None
    assert not findings


def test_a_list_at_the_top_is_told_so() -> None:
    _, findings = check_text(b"- a\n- b\n", "list.yaml")
    assert [str(finding) for finding in findings] == [
        "list.yaml:1: a site file is a mapping of keys; begin with `site: name`"
    ]


def test_a_value_with_control_characters_is_shown_safely() -> None:
    _, findings = check_text(b'site: "a\\nb\\e[31m"\n', "x.yaml")
    line = next(str(finding) for finding in findings if finding.path == "site")
    assert line.isprintable()


def test_a_file_that_is_not_there_or_a_folder_is_a_finding(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        site, findings = check_file(path)
        assert site is None
        assert len(findings) == 1
        assert "cannot be read" in str(findings[0])
        with pytest.raises(SiteError):
            load_site(path)


@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=200))
def test_no_bytes_raise(raw: bytes) -> None:
    check_text(raw, "any.yaml")


@settings(max_examples=40, deadline=None)
@given(
    raw_line=st.integers(0, SAMPLE.count(b"\n")),
    text=st.text("aK1:[]{},\"'-?#&*!|> \n0", max_size=6),
    cut=st.integers(0, 160),
)
def test_no_small_damage_to_the_sample_raises_or_loses_its_line(raw_line: int, text: str, cut: int) -> None:
    lines = SAMPLE.decode().split("\n")
    hurt = lines[raw_line]
    lines[raw_line] = hurt[:cut] + text + hurt[cut + len(text) :]
    site, findings = check_text("\n".join(lines).encode(), "hurt.yaml")
    assert site is not None or findings
    assert all(finding.line >= 1 for finding in findings)
