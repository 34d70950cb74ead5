"""Whatever the controller says on a screen has a Chinese sentence in the console's catalogue."""

import re
from collections import Counter
from enum import StrEnum
from itertools import chain
from pathlib import Path

import pytest

from config.finding import Level
from controller.alarms.alarm import AlarmKind, AlarmState, Priority
from controller.incident import IncidentState, IncidentType, StepState
from controller.intake.decision import Decision
from controller.plan.planner import plan_incident
from devices.values import Aspect, DeviceType, PortalAspect
from docs.pages.situations import Situation, sample, situations, states
from docs.snippets import ROOT
from tests.console_words import (
    PLACE,
    can_ask,
    catalogue,
    english_in,
    in_chinese,
    keys_of,
    left_english,
    parts,
)
from tests.unit.spoken import SILENT, sentences, spoken

needs_node = pytest.mark.skipif(
    not can_ask(), reason="the console's packages or Node are not there: run make check"
)
SAID = {
    "closed: incident I-20261125-0001, lane 1 closed from K1890+300, 420 m ahead; lock of B outranked": (
        "封闭：事件 I-20261125-0001，1号车道 K1890+300 起封闭，前方 420 米；B 的锁定让位于更严格者"
    ),
    "lane 1 blocked in Sanduling tunnel, place unknown: lane 1 closed from K1+2, 460 m ahead: merge right": (
        "三都岭隧道内1号车道占用，位置不明：1号车道 K1+2 起封闭，前方 460 米：向右并道"
    ),
    "written 3 times, not shown (shows open)": "已写 3 次，未显示（显示通行）",
    "「SLOW; at rest」: at rest": "「SLOW; at rest」：平时状态",
    "nobody wrote a template for this": "nobody wrote a template for this",
    "say it again with what is missing: 启动预警吗？ Start the warning?; 哪条车道？ Which lane?": (
        "请补全后再说一次：启动预警吗？；哪条车道？"
    ),
    "waits for LCS-1, LCS-2": "等待 LCS-1、LCS-2",
}
SAMPLES = {
    "; did you mean {}?": "no device X-1; did you mean X-2?",
    ", {} acked only": "VERIFIED 3/3, 2 acked only in 41 ms of 5000 ms",
    "and takes two pages for it": "VMS-1 holds only 'SLOW' and takes two pages for it",
    "nothing warns inside {} from {}, {} m": "nothing warns inside Sanduling tunnel from K1+1 to K1+2, 90 m",
    "{} holds only {}{}": "VMS-1 holds only 'SLOW'",
    "{}needs {} lines of {} characters, the matrix holds {}": (
        "page 2: needs 3 lines of 8 characters, the matrix holds 2 of 8"
    ),
    "{}needs {} pixels between its lines, more than the matrix has left": (
        "needs 3 pixels between its lines, more than the matrix has left"
    ),
    "in {}": "lane 1 blocked in Sanduling tunnel at K1+200",
    "to {}": "head: 1 of 3 places with a head (K1+200 to K1+400), 2 left",
    "was reported": "no incident was reported before this step",
    ", waiting for {}": "it is active, waiting for LCS-1: written, not shown yet",
    "within 3s: heads FU-*-1 in sanduling show closed": "",  # a script, quoted as it is written
}
"""Sentences made of pieces, as they are when they are whole."""
FILLED = ("7", "7 ms", "K1+200", "LCS-1", "right", "1 (fast lane, fast)")
"""What stands in every place of a sentence; one of them has to fit."""
NAMES = ({"en": "Sanduling tunnel", "zh": "三都岭隧道"},)


def test_both_sides_of_a_sentence_have_the_same_places() -> None:
    for en, zh in catalogue().items():
        assert set(PLACE.findall(zh)) <= set(PLACE.findall(en)), en
        assert set(PLACE.findall(en)) - {"{s}"} <= set(PLACE.findall(zh)), en


def test_no_sentence_is_in_two_files_of_the_catalogue() -> None:
    counted = Counter(chain.from_iterable(parts().values()))
    assert [en for en, times in counted.items() if times > 1] == []


def test_the_chinese_side_is_chinese() -> None:
    assert {en: zh for en, zh in catalogue().items() if english_in(PLACE.sub("", zh))} == {}


def test_every_file_said_to_be_silent_is_there() -> None:
    assert [name for name in SILENT if not (ROOT / name).exists()] == []


@needs_node
@pytest.mark.parametrize("module", [pytest.param(f, id=f.relative_to(ROOT).as_posix()) for f in spoken()])
def test_every_sentence_of_a_module_is_known(module: Path) -> None:
    known = {PLACE.sub("{}", en) for en in catalogue()}
    missing = [one for one in dict.fromkeys(sentences(module)) if one not in known and not _known(one)]
    assert missing == [], "say each in Chinese in api/console/src/words/said/"


@needs_node
def test_sentences_are_matched_whole_and_in_parts_and_quotes_stay() -> None:
    assert dict(zip(SAID, in_chinese(SAID, NAMES), strict=True)) == SAID


@needs_node
@pytest.mark.parametrize("case", [pytest.param(one, id=one.title) for one in situations()])
def test_every_sentence_of_the_worked_situations_is_chinese(case: Situation) -> None:
    site = sample()
    plans = [plan_incident(report, site, since_s=case.since_s) for report in case.reports]
    said = [finding.text for plan in plans for finding in plan.findings]
    said += [demand.reason for plan in plans for demand in plan.demands]
    said += [state.reason for state in states(case).values()]
    names = [tunnel.name for tunnel in site.tunnels.values()] + [j.name for j in site.junctions.values()]
    assert left_english(said, [{"en": name.en, "zh": name.zh} for name in names]) == {}


@needs_node
@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("alarm.kinds", AlarmKind),
        ("alarm.priorities", Priority),
        ("alarm.states", AlarmState),
        ("incident.states", IncidentState),
        ("types", IncidentType),
        ("step", StepState),
        ("device.types", DeviceType),
        ("device.aspects", Aspect),
        ("device.aspects", PortalAspect),
        ("preview.decisions", Decision),
        ("site.levels", Level),
    ],
)
def test_every_word_of_a_kind_is_in_both_languages(table: str, words: type[StrEnum]) -> None:
    for keys in keys_of(table):
        assert {one.value for one in words} <= keys


@needs_node
def test_every_code_of_a_finding_has_a_word_in_both_languages() -> None:
    source = "".join(file.read_text("utf-8") for file in (ROOT / "controller").rglob("*.py"))
    codes = set(re.findall(r'Finding\(\s*"(\w+)"', source))
    assert len(codes) > 10
    for keys in keys_of("finding"):
        assert codes <= keys


def _known(sentence: str) -> bool:
    """Whether some filling of its places comes out without a word of English."""
    whole = SAMPLES.get(sentence, sentence)
    whole = re.sub(r"^[;:,.] ", "", whole)
    forms = (whole, whole.removesuffix("{}"), f"{whole} 7", f"correct x: {whole}")
    filled = [form.replace("{}", one) for form in forms for one in FILLED]
    return any(not english_in(one) for one in in_chinese(filled))
