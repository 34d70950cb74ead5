"""`reference/words.md`: the words of console, API and journal, in both languages of the control room.

Values come from the code; a value that has no Chinese word here stops the page from being written.
"""

from collections.abc import Iterable, Mapping
from enum import Enum

from config.site import ClipSays
from controller.alarms.alarm import AlarmKind, AlarmState, Priority
from controller.fleet.look import Look
from controller.incident import IncidentState, IncidentType, LaneImpact, RevisionKind, StepState
from controller.intake.decision import Decision
from devices.values import ASPECT_RANK, PORTAL_RANK, Aspect, DeviceType, PortalAspect
from docs.pages.docstrings import member_texts
from docs.pages.markdown import code, table

Words = Mapping[str, tuple[str, str]]
"""Value → Chinese word, meaning; an empty meaning is taken from the code."""

_FIELD: Words = {
    "road": ("道路", "E.g. G15."),
    "carriageway": ("方向", "One direction of travel of a road."),
    "chainage": (
        "桩号",
        "Place along a road, as on its posts: `K1890+300`; ZK and YK are the left and right line.",
    ),
    "lane": ("车道", "1 is the leftmost as the driver sees it, the fast lane (快车道)."),
    "gantry": ("门架", "A cross-section that carries heads."),
    "head": ("车道指示器", "One lamp face over one lane; it shows an aspect."),
    "sign": ("可变情报板", "A variable message sign; it shows a text in NTCIP 1203 MULTI markup."),
    "beacon": ("声光报警器", "Flash and siren at the roadside."),
    "portal": ("洞口信号灯", "The portal signal before the entrance of a bore: green, yellow or red."),
    "speaker": ("定向广播", "A directed loudspeaker; it plays a recorded clip so many times, so loud."),
    "speed": ("可变限速标志", "A speed sign; it shows km/h or is blank."),
    "clip": ("语音段", "A recording the speakers of a site hold, and what it tells people to do."),
    "report": ("报警", "What one person or channel says happened."),
    "incident": ("事件", "What is taken to have happened; it has a number people say on the phone."),
    "demand": ("需求", "What one rule wants one device to show, with the reason."),
    "plan": ("预案", "All demands of one revision of an incident."),
    "revision": (
        "版本",
        "One stored plan of an incident; a press, a hold and each phase of a release make the next.",
    ),
    "desired": (
        "应显示",
        "What a device shall show now, from all open incidents, locks and found restrictions.",
    ),
    "commanded": ("已下发", "What was last sent to it."),
    "shown": ("实际显示", "What its lamps show, as read back."),
    "base": ("平时状态", "What a device shows when nothing is wanted of it."),
    "fallback": ("失联状态", "What a device shows by itself when it loses its controller."),
    "budget": ("时限", "Time from the key until every device must be proved."),
    "verdict": ("结论", "The one written answer to whether it worked in time."),
    "release": ("解除", "Making something less restrictive; only on a person's order."),
    "permit": ("解除许可", "Stored leave for one device to leave one value; its proof uses it up."),
    "lock": ("锁定", "An operator's own demand on a device, with a reason."),
    "out of service": ("停用", "A device new plans treat as missing."),
    "adopted restriction": (
        "来源不明的限制",
        "A closure or text found on the road that nobody ordered here.",
    ),
    "section": ("路段", "Unit of ownership; every device is in exactly one."),
    "site": ("站点", "What one site file describes; `simulated` or `live`."),
    "actor": ("操作人", "Who gave an order: id, role, and the way it came."),
}
_ASPECTS: Words = {
    "dark": ("灭灯", "No lamp is lit."),
    "open": ("绿色箭头", "The lane is open."),
    "caution": ("黄闪", "Drive with care."),
    "closed_ahead": ("前方封闭", "The lane is closed further on."),
    "merge_left": ("向左并道", "Leave the lane to the left."),
    "merge_right": ("向右并道", "Leave the lane to the right."),
    "closed": ("红叉", "The lane is closed."),
}
_PORTALS: Words = {
    "dark": ("灭灯", "No lamp is lit."),
    "green": ("绿灯", "Drive in."),
    "yellow": ("黄灯", "Drive in with care: a lane inside is closed."),
    "red": ("红灯", "Stop: nobody drives in."),
}
_CLIPS: Words = {
    "drive_out": ("驶离", ""),
    "slow_down": ("减速", ""),
    "keep_side": ("靠右", ""),
    "do_not_enter": ("禁入", ""),
}
_TYPES: Words = {str(value): (_FIELD[value][0], "") for value in DeviceType}
_STATES: Words = {
    "prepared": ("已准备", "Planned; nothing is sent until a person presses the key."),
    "activating": ("启动中", "The key was pressed, its verdict is not written yet."),
    "active": ("生效", "Every device of the plan is proved."),
    "degraded": ("降级生效", "Active, but at least one device is not proved; it is named."),
    "clearing": ("解除中", "A staged release is under way, or waits."),
    "cleared": ("已解除", "Ended; for a while it can be activated again."),
    "cancelled": ("已取消", "Ended as a false alarm, or never activated."),
}
_STEPS: Words = {
    "queued": ("排队", "Part of the plan, not sent yet."),
    "sent": ("已发送", "On its way."),
    "acked": ("已确认", "The device took it; the lamps are not proved."),
    "verified": ("已验证", "A read-back after the write shows it."),
    "mismatch": ("不一致", "Written, answered, and still not shown."),
    "timeout": ("超时", "No answer in time; it is tried again."),
    "unreachable": (
        "不可达",
        "The device, its unit, its link or its broker does not answer; it is tried again.",
    ),
    "rejected": ("被拒绝", "The device refused it."),
    "skipped": ("跳过", "Not written: somebody operates the device at its own panel."),
    "superseded": ("被取代", "A newer revision of the same incident asks for something else."),
    "outranked": ("被优先", "Another order holds the device at something else."),
}
_LOOKS: Words = {
    "read": ("待读", ""),
    "write": ("待写", ""),
    "settling": ("等待点亮", ""),
    "verified": ("已验证", ""),
    "acked": ("已确认", ""),
    "at_rest": ("平时", ""),
    "local": ("本地控制", ""),
    "fault": ("故障", ""),
    "adopt": ("保留", ""),
    "mismatch": ("不一致", ""),
    "held": ("等待联锁", ""),
}
_OUTCOMES: Words = {
    "met": ("达标", "Every device was proved inside the budget."),
    "missed": ("未达标", "At least one was not; each is named with the reason."),
    "missed (restart)": (
        "未达标(重启)",
        "The controller was restarted inside the budget, and not all had been proved.",
    ),
    "no coverage": ("无覆盖", "No head and no sign warns anybody upstream; never met."),
    "superseded": ("被取代", "A newer revision came before the verdict."),
}
_ALARMS: Words = {
    "conflict": ("显示冲突", ""),
    "journal": ("日志降级", ""),
    "release": ("解除受阻", ""),
    "link": ("通信链路", ""),
    "unexplained": ("来源不明", ""),
    "device": ("设备", ""),
    "failed": ("设备失效", ""),
    "checkpoint": ("检查点", ""),
    "disk": ("磁盘", ""),
    "loop": ("程序停顿", ""),
    "clock": ("时钟", ""),
    "review": ("复核", ""),
    "lock": ("锁定", ""),
    "service": ("停用到期", ""),
    "task": ("程序任务", ""),
    "outdated": ("预案过期", ""),
}
_PRIORITIES: Words = {
    "critical": ("紧急", "Act at once; acknowledged only with a note."),
    "high": ("高", "Act soon: something an incident needs does not work."),
    "medium": ("中", "Act today."),
    "low": ("低", "Know it."),
}
_ALARM_STATES: Words = {
    "active_unacked": ("存在,未确认", ""),
    "active_acked": ("存在,已确认", ""),
    "cleared_unacked": ("已消失,未确认", ""),
    "cleared_acked": ("已消失,已确认", ""),
}
_INCIDENTS: Words = {
    "rear_end": ("追尾", "Group `crash`."),
    "collision": ("碰撞", "Group `crash`."),
    "rollover": ("侧翻", "Group `crash`."),
    "breakdown": ("抛锚", "A vehicle that cannot go on."),
    "debris": ("抛洒物", "Something lies on the road."),
    "pedestrian": ("行人", "A person on foot."),
    "animal": ("动物", "An animal on the road."),
    "roadwork": ("施工", "Works on the road."),
    "congestion": ("拥堵", "A queue."),
    "weather": ("恶劣天气", "Fog, ice, wind, rain."),
    "fire": ("火灾", "Fire; the tunnel's fire system is another system."),
    "spill": ("泄漏", "A liquid or load has leaked."),
    "wrong_way": ("逆行", "Somebody drives against the traffic."),
    "other": ("其他", "Anything else."),
}
_IMPACTS: Words = {"blocked": ("封闭", "Nobody may drive in it."), "affected": ("受影响", "Drive with care.")}
_DECISIONS: Words = {
    "activate": ("启动", "The report is clear and says to start: the key may be pressed with it."),
    "prepare": ("准备", "Clear, but it does not say to start: a person presses."),
    "ask": ("询问", "Something is missing or doubtful; the questions are in the answer."),
    "update": ("更新", "It speaks of an incident that is open."),
    "clear": ("解除", "It says that it is over; a person clears."),
    "ignore": ("忽略", "It reports nothing."),
    "drill": ("演练", "A drill; nothing is driven for it."),
}
_REVISIONS: Words = {
    "activation": ("启动", "The key, or a re-activation."),
    "correction": ("更正", "The report was corrected: `PATCH` on the incident; its plan is whole."),
    "release": ("解除", "One phase of a release."),
    "leaving": ("退出", "One phase of releasing what a correction replaced."),
    "hold": ("保持", "A release was stopped and the plan driven again."),
    "replan": ("重算", "A failed device, passing time or a further report asked for more; it only adds."),
}
_FINDINGS: Words = {
    "substituted": ("替代", "A device cannot show what is wanted; it shows the best it can."),
    "shortened": ("缩短", "A sign is too small for the full text; the next shorter one is shown."),
    "not_covered": ("未覆盖", "A stretch, lane or sign the plan cannot serve."),
    "no_coverage": ("无覆盖", "No head and no sign stands where the incident needs one."),
    "out_of_service": ("停用", "A device is left out; the text says which one takes its role."),
    "dropped": ("剔除", "A person left it out of this incident; the text says which one takes its role."),
    "missing": ("缺失", "A device has failed or does not answer; the text says which one takes its role."),
}
JOURNAL: Words = {
    "start": ("启动", "The controller started; the epochs of its sections."),
    "stop": ("停止", "The controller ended in order; the incidents that stay open."),
    "site": ("站点", "The loaded site, its digest, and the incidents that were open."),
    "login": ("登录", "Somebody logged in to the console, or tried with a wrong token."),
    "logout": ("退出登录", "Somebody logged out."),
    "parse": ("解析", "What a line of chat was taken for, also where nothing was sent."),
    "report": ("报警", "A report came in, with its text."),
    "correction": ("更正", "The report of an open incident was corrected."),
    "corrected": ("更正完成", "What the correction replaced has been released."),
    "intent": ("意图", "A plan was ordered driven; committed before the first command leaves."),
    "beyond_site": (
        "超出站点",
        "A plan reaches beyond this site: the stretches its neighbours were told of.",
    ),
    "step": ("步骤", "One device entered one state."),
    "verdict": ("结论", "The verdict of one revision."),
    "state": ("状态", "The incident moved between active and degraded."),
    "clear": ("解除令", "A person ordered the release."),
    "clear_refused": (
        "解除被拒",
        "The order could not be journalled, and one person alone gave it: it is void.",
    ),
    "release_refused": ("解除被拒", "The same, of an unexplained restriction."),
    "unlock_refused": ("解锁被拒", "The same, of a lock."),
    "permits_withdrawn": ("收回许可", "What a release had permitted stands again."),
    "release_also": (
        "连带解除",
        "Devices the same order releases because others changed while it was journalled.",
    ),
    "release": ("解除阶段", "One phase of it was entered."),
    "release_goes_on": ("继续解除", "A person let a waiting release go on, with or without proof."),
    "released": ("已解除", "One device was seen at its new value; its permit is used up."),
    "cleared": ("解除完成", "The release has ended."),
    "cancelled": ("取消完成", "The same, of a false alarm."),
    "cancel": ("取消", "A prepared incident was ended."),
    "lock": ("锁定", "A lock was put on a device."),
    "unlock": ("解锁", "A lock was ended."),
    "service": ("停用/启用", "A device was taken out of service or put back."),
    "walk": ("点灯检查", "A person began to light the values of a device one after the other."),
    "walk_step": ("点灯步骤", "One value was lit."),
    "walk_ended": ("点灯结束", "The base was ordered again; whether it was proved."),
    "commissioned": ("验收", "What the person saw, of which model at which address."),
    "adopted": ("发现限制", "A restriction was found that nobody ordered here."),
    "failed": ("设备失效", "A device does not do what it is told; it is planned around from now on."),
    "repaired": ("设备修复", "A person said that it works again."),
    "update": ("更新", "A person had today's plan driven in place of an outdated one."),
    "undo": (
        "撤回",
        "A person took back a correction or an update; of a press it is a `clear`, reason undone.",
    ),
    "note": ("备注", "A person wrote something down about an incident, or ticked a task of their own."),
    "silenced": ("消音", "A person silenced the sirens."),
    "conflict": ("联锁冲突", "Devices showed what must never stand together; held until a reset."),
    "conflict_reset": ("联锁复位", "A person ended that, with the reason."),
    "conflict_reset_refused": ("复位被拒", "The order could not be journalled: it is void."),
    "release_adopted": ("解除来源不明", "A person ordered such a restriction away."),
    "alarm": ("告警", "An alarm was raised or has ended."),
    "alarm_ack": ("告警确认", "A person has seen it, with what they noted."),
    "alarm_shelved": ("告警搁置", "A person hid it until a time, with the reason."),
    "alarm_unshelved": ("取消搁置", "A person showed it again before that time."),
    "fault": ("程序故障", "A background task of the controller crashed and was started again."),
    "epoch": ("时代号", "A device had applied newer commands than ours; the epoch was raised above them."),
    "key": ("公钥", "The public key that checkpoints are signed with from here on."),
    "key_rotated": ("更换密钥", "A person had a new key made; the former one signs this record."),
    "checkpoint": ("检查点", "A signed note over the records before it; also kept in a second file."),
    "journal_cut": ("日志被截", "A checkpoint kept elsewhere covers records that are not here."),
    "journal_degraded": ("日志降级", "The store does not keep up or cannot be written."),
    "journal_restored": ("日志恢复", "A person ended that, and a record behind all that waited was written."),
    "spool_recovered": ("补录", "What was spooled while degraded is in the journal."),
}

_INTRO = """# Words

The same words stand in the API, on the command line, in the journal and in these pages.
"""


def page() -> str:
    """Return the page."""
    ranks = {aspect.value: str(rank) for aspect, rank in ASPECT_RANK.items()}
    aspects = [[code(v), zh, text, ranks[v]] for v, (zh, text) in _complete(_ASPECTS, Aspect)]
    lights = [
        [code(v), zh, text, str(PORTAL_RANK[PortalAspect(v)])]
        for v, (zh, text) in _complete(_PORTALS, PortalAspect)
    ]
    parts = [
        _INTRO,
        _section("Things and people", "", _FIELD.items(), plain=True),
        "## Aspects of a head\n",
        "Of two aspects the one of higher rank restricts more. Leaving it for a lower one is a release.\n",
        table(("word", "中文", "meaning", "rank"), aspects),
        "## Aspects of a portal signal\n",
        table(("word", "中文", "meaning", "rank"), lights),
        _section("What a clip tells people", "", _complete(_CLIPS, ClipSays)),
        _section("Types of device", "", _complete(_TYPES, DeviceType)),
        _section("States of an incident", "", _complete(_STATES, IncidentState)),
        _section("States of a step", "A step is one device in one revision.", _complete(_STEPS, StepState)),
        _section("Verdict of a look", "What one look at one device concluded.", _complete(_LOOKS, Look)),
        _section("Outcome of a verdict", "", _OUTCOMES.items()),
        _section("Kinds of alarm", "", _complete(_ALARMS, AlarmKind)),
        _section("Priorities of an alarm", "", _complete(_PRIORITIES, Priority)),
        _section("States of an alarm", "", _complete(_ALARM_STATES, AlarmState)),
        _section("Types of incident", "", _complete(_INCIDENTS, IncidentType)),
        _section("What an incident does to a lane", "", _complete(_IMPACTS, LaneImpact)),
        _section("Decisions of the intake", "What a line of chat asks for.", _complete(_DECISIONS, Decision)),
        _section("Kinds of revision", "", _complete(_REVISIONS, RevisionKind)),
        _section("Findings of a plan", "What a plan says about itself.", _FINDINGS.items()),
        _section("Kinds of journal record", "", JOURNAL.items()),
    ]
    return "\n".join(parts)


def _section(
    title: str, about: str, words: Iterable[tuple[str, tuple[str, str]]], *, plain: bool = False
) -> str:
    rows = [[word if plain else code(word), zh, text] for word, (zh, text) in words]
    head = f"## {title}\n\n{about}\n\n" if about else f"## {title}\n\n"
    return head + table(("word", "中文", "meaning"), rows)


def _complete(words: Words, values: type[Enum]) -> list[tuple[str, tuple[str, str]]]:
    """Return the words in the order of the code, with its own text where none is given here."""
    known = [str(member.value) for member in values]
    if set(known) != set(words):
        stray = ", ".join(sorted(set(known) ^ set(words)))
        raise ValueError(f"docs/pages/words.py and {values.__name__} differ in {stray}")
    texts = member_texts(values)
    return [(value, (words[value][0], words[value][1] or texts[value])) for value in known]
