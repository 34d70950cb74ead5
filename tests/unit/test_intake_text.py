import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.loader import load_site, sample_site_path
from config.site import Site
from controller.incident import IncidentType, LaneImpact
from controller.intake.decision import Decision, Parsed
from controller.intake.normal import normalise
from controller.intake.scan import Lexer
from controller.intake.text import LONGEST_TEXT, parse_text
from tests.unit.intake_site import TWO_TUNNELS

SAMPLE = load_site(sample_site_path())
LEXER = Lexer(SAMPLE)
ORIGIN = "紧急:福向三都岭隧道内快车道追尾,启动预警"


def read(text: str, site: Site = SAMPLE) -> Parsed:
    return parse_text(text, site, lexer=LEXER if site is SAMPLE else None)


def asked(parsed: Parsed) -> list[str]:
    return [m.field for m in parsed.missing]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ORIGIN, id="ascii"),
        pytest.param("紧急：福向三都岭隧道内快车道追尾，启动预警", id="full-width"),
        pytest.param("【紧急】 福向 三都岭隧道内 快车道 追尾。启动预警！", id="spaces"),
        pytest.param("紧急:福向三都岭隧道\n内快车道追尾\n启动预警", id="lines"),
        pytest.param("启动预警:三都岭福建方向超车道追尾事故", id="other-order"),
        pytest.param("G15沈海高速往福建方向三都岭隧道第一车道两车追尾,无人受伤,请立即启动预警", id="wordy"),
        pytest.param(
            "Fujian-bound, Sanduling tunnel, fast lane, rear-end crash, start the warning", id="english"
        ),
        pytest.param(
            "URGENT: rear-end crash in the fast lane in Sanduling Tunnel, Fujian bound. Activate!", id="shout"
        ),
        pytest.param(
            "ＦＵＪＩＡＮ－ＢＯＵＮＤ ｓａｎｄｕｌｉｎｇ ｌａｎｅ １ ｒｅａｒ－ｅｎｄ，ａｃｔｉｖａｔｅ",
            id="wide",
        ),
    ],
)
def test_the_origin_message_in_every_spelling_is_one_report_and_activates(text: str) -> None:
    parsed = read(text)
    bore = SAMPLE.tunnels["sanduling"].bore("FU")
    assert parsed.decision is Decision.ACTIVATE, parsed
    assert parsed.report is not None
    assert bore is not None
    place = parsed.report.place
    assert (place.carriageway, place.from_m, place.to_m) == ("FU", bore.entry_m, bore.exit_m)
    assert (place.known, place.tunnel) == (False, "sanduling")
    assert parsed.report.lanes == {1: LaneImpact.BLOCKED}
    assert parsed.report.type is IncidentType.REAR_END
    assert parsed.report.severity == "moderate"
    assert parsed.report.text == text
    assert (parsed.confidence, parsed.missing, parsed.not_understood) == (100, (), ())


@pytest.mark.parametrize(
    ("text", "decision", "fields"),
    [
        pytest.param("福向三都岭隧道内快车道追尾", "prepare", ["command"], id="no-command"),
        pytest.param("启动预警", "ask", ["carriageway", "place", "lanes", "type"], id="bare-command"),
        pytest.param("三都岭快车道追尾,启动预警", "ask", ["carriageway"], id="no-direction"),
        pytest.param("福向快车道追尾,启动预警", "ask", ["place"], id="no-place"),
        pytest.param("福向三都岭隧道追尾,启动预警", "ask", ["lanes"], id="no-lanes"),
        pytest.param("福向三都岭隧道快车道,启动预警", "ask", ["type"], id="no-type"),
        pytest.param("福向和浙向三都岭快车道追尾,启动预警", "ask", ["carriageway"], id="two-directions"),
        pytest.param("双向三都岭福向快车道追尾,启动预警", "ask", ["carriageway"], id="both-ways"),
        pytest.param("G60福向三都岭快车道追尾,启动预警", "ask", ["carriageway"], id="another-road"),
        pytest.param("福向大溪岭隧道快车道追尾,启动预警", "ask", ["tunnel"], id="unknown-tunnel"),
        pytest.param("福向三渡岭隧道快车道追尾,启动预警", "ask", ["tunnel"], id="homophone"),
        pytest.param("福向三渡岭快车道追尾,启动预警", "ask", ["tunnel"], id="homophone-bare"),
        pytest.param("福向三都岭2号隧道快车道追尾,启动预警", "ask", ["tunnel"], id="second-tunnel"),
        pytest.param("福向大三都岭隧道快车道追尾,启动预警", "ask", ["tunnel"], id="grown-name"),
        pytest.param(
            "Fujian-bound Bear Hill tunnel fast lane crash, activate", "ask", ["tunnel"], id="en-tunnel"
        ),
        pytest.param("福向三都岭隧道K1880快车道追尾,启动预警", "ask", ["place"], id="outside-tunnel"),
        pytest.param("福向K2000+100快车道追尾,启动预警", "ask", ["chainage"], id="off-road"),
        pytest.param("福向K1880+5000快车道追尾,启动预警", "ask", ["chainage"], id="bad-chainage"),
        pytest.param("福向K1880隧道内快车道追尾,启动预警", "ask", ["tunnel"], id="no-tunnel-there"),
        pytest.param("福向K1880,K1881快车道追尾,启动预警", "ask", ["place"], id="two-points"),
        pytest.param("福向三都岭隧道口快车道追尾,启动预警", "ask", ["place"], id="portal"),
        pytest.param("福向三都岭收费站快车道追尾,启动预警", "ask", ["place"], id="toll"),
        pytest.param("福向三都岭快车道或者慢车道追尾,启动预警", "ask", ["lanes", "text"], id="or"),
        pytest.param("福向三都岭快车道或者旁边追尾,启动预警", "ask", ["lanes", "text"], id="or-what"),
        pytest.param("福向三都岭快车道/慢车道追尾,启动预警", "ask", ["lanes"], id="slash"),
        pytest.param("福向三都岭快车道追尾,慢车道追尾,启动预警", "ask", ["lanes"], id="two-lane-sets"),
        pytest.param("福向三都岭快车道可通行,追尾,启动预警", "ask", ["lanes"], id="only-open-named"),
        pytest.param("福向三都岭除快车道外都封闭,追尾,启动预警", "ask", ["lanes"], id="except"),
        pytest.param("福向三都岭应急车道追尾,启动预警", "ask", ["lanes"], id="shoulder"),
        pytest.param("福向三都岭快车道追尾,已移至应急车道,启动预警", "ask", ["lanes"], id="moved"),
        pytest.param("福向三都岭第五车道追尾,启动预警", "ask", ["lanes"], id="no-such-lane"),
        pytest.param("福向三都岭快车道追尾起火,启动预警", "ask", ["type"], id="two-types"),
        pytest.param("福向三都岭快车道好像追尾,启动预警", "ask", ["text"], id="doubt"),
        pytest.param("福向三都岭快车道追尾,启动预警,别", "ask", ["text"], id="dangling-not"),
        pytest.param("昨天福向三都岭快车道追尾,启动预警", "ask", ["command"], id="past-order"),
        pytest.param("昨天福向三都岭快车道追尾", "ignore", [], id="past"),
        pytest.param("明天福向三都岭快车道施工,启动预警", "prepare", ["command"], id="planned"),
        pytest.param("福向三都岭快车道施工,9点到16点,启动预警", "prepare", ["command"], id="hours"),
        pytest.param("福向三都岭快车道追尾,暂不启动预警", "prepare", ["command"], id="not-yet"),
        pytest.param("福向三都岭快车道追尾,已启动预警", "prepare", ["command"], id="told"),
        pytest.param("福向三都岭快车道追尾,启动预警了", "prepare", ["command"], id="told-after"),
        pytest.param(
            "Fujian-bound Sanduling fast lane crash, activated", "prepare", ["command"], id="activated"
        ),
        pytest.param("福向三都岭快车道追尾,听王队的口令,启动预警", "prepare", ["command"], id="residue"),
        pytest.param("福向三都岭快车道追尾,未占用慢车道,启动预警", "ask", None, id="stray-not"),
        pytest.param("福向三都岭快车道追尾,要启动预警吗", "ask", ["command"], id="question-report"),
        pytest.param("三都岭福向启动预警了吗?", "ignore", [], id="question"),
        pytest.param("快车道是哪条?", "ignore", [], id="question-lane"),
        pytest.param("不是福向,是浙向,三都岭快车道追尾,启动预警", "update", [], id="correction"),
        pytest.param("福向三都岭快车道没有追尾,启动预警", "update", ["type"], id="denied-type"),
        pytest.param("演练:" + ORIGIN, "drill", [], id="drill"),
        pytest.param("明天三都岭隧道演练", "ignore", [], id="drill-announced"),
        pytest.param("福向三都岭隧道解除预警", "clear", [], id="release"),
        pytest.param("release the Fujian-bound Sanduling tunnel, all clear", "clear", [], id="all-clear"),
        pytest.param("解除预警," + ORIGIN, "ask", ["command"], id="release-and-start"),
        pytest.param("不要解除预警", "ignore", [], id="release-denied"),
        pytest.param("今天天气不错", "ignore", [], id="weather"),
        pytest.param("", "ignore", [], id="empty"),
        pytest.param(ORIGIN * 99, "ask", ["text"], id="endless"),
    ],
)
def test_whatever_is_unclear_is_not_activated_but_asked(
    text: str, decision: str, fields: list[str] | None
) -> None:
    parsed = read(text)
    assert parsed.decision == decision, parsed
    if fields is not None:
        assert asked(parsed) == fields, parsed
    assert all(m.question_zh and m.question_en for m in parsed.missing)
    assert (parsed.report is None) or parsed.decision in ("prepare", "update", "drill")


def test_not_a_drill_is_an_order_and_is_it_not_a_drill_is_a_question() -> None:
    assert read("不是演练!" + ORIGIN).decision is Decision.ACTIVATE
    assert read("是不是演练?" + ORIGIN).decision is Decision.DRILL


def test_a_correction_reports_what_is_so_and_leaves_out_what_is_not() -> None:
    parsed = read("不是福向,是浙向,三都岭不是快车道,是慢车道追尾")
    assert parsed.report is not None
    assert (parsed.report.carriageway, dict(parsed.report.lanes)) == ("ZJ", {2: LaneImpact.BLOCKED})


@pytest.mark.parametrize(
    ("lanes", "expected"),
    [
        pytest.param("仅快车道通行", {2: "blocked", 3: "blocked"}, id="only-passable"),
        pytest.param("只有快车道可以缓慢通行", {2: "blocked", 3: "blocked"}, id="only-slow"),
        pytest.param("only the fast lane open", {2: "blocked", 3: "blocked"}, id="only-open"),
        pytest.param("占用两条车道,快车道可通行", {2: "blocked", 3: "blocked"}, id="two-but-fast"),
        pytest.param("快慢车道", {1: "blocked", 3: "blocked"}, id="joined"),
        pytest.param("快车道和中车道", {1: "blocked", 2: "blocked"}, id="and"),
        pytest.param("第一、二车道", {1: "blocked", 2: "blocked"}, id="ordinals"),
        pytest.param("lanes 1 and 3", {1: "blocked", 3: "blocked"}, id="lanes-en"),
        pytest.param("lanes 1-3", {1: "blocked", 2: "blocked", 3: "blocked"}, id="range-en"),
        pytest.param("所有车道", {1: "blocked", 2: "blocked", 3: "blocked"}, id="all"),
        pytest.param("占用快车道,中车道缓行", {1: "blocked", 2: "affected"}, id="affected"),
        pytest.param("快车道无法通行", {1: "blocked"}, id="impassable"),
        pytest.param("占用快车道,慢车道可通行", {1: "blocked"}, id="other-open"),
        pytest.param("占用两条车道", None, id="which-two"),
        pytest.param("三车道", None, id="third-or-three"),
        pytest.param("lane 1 or 2", None, id="or"),
    ],
)
def test_lanes(lanes: str, expected: dict[int, str] | None) -> None:
    parsed = read(f"北向青石隧道追尾, {lanes}, 启动预警", TWO_TUNNELS)
    assert dict(parsed.lanes) == (expected or {}), parsed
    assert (parsed.decision is Decision.ACTIVATE) == (expected is not None), parsed


@pytest.mark.parametrize(
    ("where", "from_m", "to_m"),
    [
        ("K12+500", 2_500, 2_500),
        ("青石隧道k12 + 500处", 2_500, 2_500),
        ("桩号:K12+500米", 2_500, 2_500),
        ("12K+500", 2_500, 2_500),
        ("12公里500米", 2_500, 2_500),
        ("K13至K12+500", 2_500, 3_000),
        ("K12+500-13+000", 2_500, 3_000),
        ("青石隧道进洞300米", 2_300, 2_300),
        ("青石隧道距出口300米", 3_700, 3_700),
        ("Qingshi tunnel 300 m from the entrance", 2_300, 2_300),
    ],
)
def test_a_stated_place_is_known_and_ordered_by_travel(where: str, from_m: int, to_m: int) -> None:
    parsed = read(f"北向 {where} 快车道追尾, 启动预警", TWO_TUNNELS)
    assert parsed.decision is Decision.ACTIVATE, parsed
    assert parsed.place is not None
    assert (parsed.place.from_m, parsed.place.to_m, parsed.place.known) == (from_m, to_m, True)
    assert parsed.place.tunnel == "qing"


def test_a_stretch_on_a_falling_chainage_runs_with_the_traffic() -> None:
    parsed = read("南向K12至K13快车道追尾,启动预警", TWO_TUNNELS)
    assert parsed.place is not None
    assert (parsed.place.from_m, parsed.place.to_m) == (17_000, 18_000)


def test_two_tunnels_an_ambiguous_alias_and_a_missing_bore_are_asked() -> None:
    both = read("北向青石隧道白石隧道快车道追尾,启动预警", TWO_TUNNELS)
    alias = read("北向双子快车道追尾,启动预警", TWO_TUNNELS)
    bore = read("南向白石隧道快车道追尾,启动预警", TWO_TUNNELS)
    for parsed in (both, alias, bore):
        assert parsed.decision is Decision.ASK
        assert asked(parsed) == ["tunnel"]
    assert (
        "青石隧道、白石隧道" in alias.missing[0].question_zh
        or "白石隧道、青石隧道" in alias.missing[0].question_zh
    )


def test_questions_name_both_sides_of_a_contradiction_and_the_nearest_names() -> None:
    contradiction = read("福向三都岭隧道K1880+100快车道追尾,启动预警").missing[0]
    assert "K1880+100" in contradiction.question_zh
    assert "三都岭隧道" in contradiction.question_zh
    assert "YK1889+700" in contradiction.question_en
    assert "三都岭隧道" in read("福向三渡岭隧道快车道追尾").missing[0].question_zh
    assert "Sanduling tunnel" in read("Fujian-bound Sandeling tunnel fast lane crash").missing[0].question_en
    assert "G60" in read("G60三都岭快车道追尾").missing[0].question_zh
    prefix = read("福向K1890+300快车道追尾").missing[0]
    assert "YK1890+300" in prefix.question_zh


@pytest.mark.parametrize(
    ("extra", "severity"),
    [
        ("", "moderate"),
        ("三车", "major"),
        ("有人受伤", "major"),
        ("有人被困", "critical"),
        ("无人伤", "moderate"),
    ],
)
def test_severity_follows_harm_and_vehicles(extra: str, severity: str) -> None:
    parsed = read(f"福向三都岭隧道快车道追尾,{extra},启动预警")
    assert (parsed.decision, parsed.severity) == (Decision.ACTIVATE, severity)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | st.text(alphabet=ORIGIN + "或不?或KkYZ+-0123 至到第一二三", max_size=60))
def test_no_text_raises(text: str) -> None:
    parsed = read(text)
    assert 0 <= parsed.confidence <= 100
    parsed.text.encode()
    assert normalise(normalise(text)) == normalise(text)


def test_lone_surrogates_and_enormous_numbers_do_not_raise() -> None:
    assert read("\ud800福向").text.encode()
    assert read("福向K" + "9" * 900).decision is not Decision.ACTIVATE
    assert read("a" * (LONGEST_TEXT + 1)).decision is Decision.ASK


# What each fragment states, kept by hand and apart from the parser's own tables.
FRAGMENTS: dict[str, tuple[str, object]] = {
    "福向": ("way", "FU"),
    "往福建方向": ("way", "FU"),
    "Fujian-bound ": ("way", "FU"),
    "浙向": ("way", "ZJ"),
    "三都岭隧道内": ("place", "bore"),
    "三都岭": ("place", "bore"),
    "K1880+200": ("place", "K1880+200"),
    "K1881": ("place", "K1881"),
    "快车道": ("lanes", 1),
    "超车道": ("lanes", 1),
    " lane 2 ": ("lanes", 2),
    "慢车道": ("lanes", 2),
    "追尾": ("type", "rear_end"),
    "抛锚": ("type", "breakdown"),
    "侧翻": ("type", "rollover"),
    "启动预警": ("command", True),
    " start the warning ": ("command", True),
    "紧急:": ("noise", None),
    ",": ("noise", None),
    "。": ("noise", None),
    "请": ("noise", None),
    "一辆货车": ("noise", None),
    **dict.fromkeys(
        ["或者", "不是", "不要", "吗", "?", "演练", "好像", "昨天", "明天", "解除", "如果", "大岭隧道"],
        ("trap", None),
    ),
    **dict.fromkeys(
        ["已", "双向", "应急车道", "收费站", "隧道口", "仅", "可通行", "小王说", "没", "后"], ("odd", None)
    ),
}


@settings(max_examples=1500, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(FRAGMENTS)), max_size=9)
    | st.permutations(["福向", "三都岭隧道内", "快车道", "追尾", ",", "启动预警"]).flatmap(
        lambda base: st.lists(st.sampled_from(sorted(FRAGMENTS)), max_size=2).map(lambda more: [*base, *more])
    )
)
def test_activate_only_with_one_of_each_and_a_command(parts: list[str]) -> None:
    parsed = read("".join(parts))
    if parsed.decision is not Decision.ACTIVATE or "不是演练" in "".join(parts):
        return
    stated: dict[str, set[object]] = {}
    for part in parts:
        kind, value = FRAGMENTS[part]
        stated.setdefault(kind, set()).add(value)
    assert "trap" not in stated, parts
    assert {"way", "place", "type", "command"} <= stated.keys(), parts
    assert all(len(stated[kind]) == 1 for kind in ("way", "place", "type")), parts
    assert parsed.report is not None
    if "可通行" not in parts:
        assert set(parsed.report.lanes) == stated["lanes"], parts
    assert stated["way"] == {parsed.report.carriageway}


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(ORIGIN) - 1), st.characters(codec="utf-8"))
def test_a_changed_letter_never_changes_what_is_activated(at: int, letter: str) -> None:
    text = ORIGIN[:at] + letter + ORIGIN[at + 1 :]
    parsed = read(text)
    # 浙 for 福, 慢 or 双 for 快 make another clear message; nothing else may.
    other = any(word in normalise(text) for word in ("浙向", *"慢双两一二12"))
    if parsed.decision is Decision.ACTIVATE and not other:
        assert parsed.report is not None
        place = parsed.report.place
        assert (place.carriageway, place.tunnel) == ("FU", "sanduling")
        assert (dict(parsed.report.lanes), parsed.type) == ({1: LaneImpact.BLOCKED}, IncidentType.REAR_END)


@pytest.mark.parametrize(
    ("text", "decision", "asked"),
    [
        pytest.param("福向三都岭隧道内货车起火,启动预警", Decision.ACTIVATE, [], id="fire-in-a-tunnel"),
        pytest.param("福向K1888+300有车逆行,启动预警", Decision.ACTIVATE, [], id="wrong-way"),
        pytest.param("福向K1888+300货车起火,启动预警", Decision.ASK, ["lanes"], id="fire-in-the-open"),
        pytest.param("福向三都岭隧道内追尾,启动预警", Decision.ASK, ["lanes"], id="crash"),
        pytest.param("福向三都岭隧道右快车道追尾,启动预警", Decision.ASK, ["lanes"], id="right-fast-lane"),
        pytest.param("福向三都岭隧道内左右车道追尾,启动预警", Decision.ACTIVATE, [], id="left-and-right"),
        pytest.param("福向三都岭隧道内右、快车道追尾,启动预警", Decision.ACTIVATE, [], id="right-and-fast"),
    ],
)
def test_lanes_are_asked_only_where_the_plan_depends_on_them(
    text: str, decision: Decision, asked: list[str]
) -> None:
    parsed = parse_text(text, load_site(sample_site_path()))
    assert (parsed.decision, [m.field for m in parsed.missing]) == (decision, asked)
