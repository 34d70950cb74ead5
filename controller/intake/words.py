"""The fixed vocabulary of incident texts as data; what a site adds (aliases) is not here.

Every spelling is written as `normal.normalise` leaves it: half-width, lower case, no hyphen between letters.
A word in no table is "not understood" and bars activation, so a table may stay short: an absence is safe.
"""

from enum import StrEnum, auto
from typing import Final

from controller.incident import IncidentType as T


class Kind(StrEnum):
    """What a piece of text is."""

    CARRIAGEWAY = auto()
    TUNNEL = auto()
    LANE = auto()
    CHAINAGE = auto()
    OFFSET = auto()
    ROAD = auto()
    TYPE = auto()
    VEHICLES = auto()
    SEVERITY = auto()
    UNKNOWN = auto()
    PUNCTUATION = auto()

    COMMAND = auto()  # an explicit order to start
    RELEASE = auto()  # an order, or a claim, that it is over
    DRILL = auto()
    NOT_DRILL = auto()
    QUESTION = auto()
    NEGATION = auto()
    CORRECTION = auto()
    DOUBT = auto()  # uncertain, hearsay, conditional, later
    PAST = auto()
    FUTURE = auto()
    TIME = auto()  # a time of day: when it happened, or when it is planned
    OR = auto()
    AND = auto()
    ONLY = auto()
    EXCEPT = auto()
    PASSABLE = auto()
    SLOW = auto()
    BLOCKING = auto()
    MOVED = auto()
    SHOULDER = auto()
    BARE_TUNNEL = auto()  # the word tunnel without a name
    INSIDE = auto()
    OUTSIDE = auto()  # at, before or behind a portal
    APPROXIMATE = auto()
    ELSEWHERE = auto()  # a place that is no running lane of ours
    BOTH_WAYS = auto()
    DONE = auto()  # before or after a command: it is told, not ordered
    FILLER = auto()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip().replace("_", " ") for word in text.split())


WORDS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.COMMAND: _words("""
        启动预警 启动 启动一键预警 一键启动 一键预警 开启预警 发布预警 激活 激活预警
        start_the_warning start_warning start_the_warnings start_warnings start_the_alert
        start_alert activate activate_the_warning activate_warning activate_the_warnings
        activate_warnings trigger_the_warning trigger_warning raise_the_warning
    """),
    Kind.RELEASE: _words("""
        解除预警 解除警报 解除 取消预警 取消 撤销预警 撤销 关闭预警 停止预警 结束预警 解封 恢复通行
        恢复正常 已恢复 处理完毕 处置完毕 清理完毕 清障完毕 已处理 已清理 已处置 误报 虚警 虚报
        clear_the_warning clear_warning clear cleared cancel cancel_the_warning stop_the_warning
        end_the_warning lift_the_warning release all_clear stand_down false_alarm reopened
        deactivate turn_off
    """),
    Kind.DRILL: _words("演练 演习 演示 测试 模拟 训练 实训 drill exercise test testing simulation rehearsal"),
    Kind.NOT_DRILL: _words("不是演练 非演练 并非演练 这不是演练 not_a_drill no_drill this_is_not_a_drill"),
    Kind.QUESTION: _words("""
        ? 吗 嘛 么 呢 什么 谁 哪 哪里 哪个 哪条 怎么 怎样 如何 为何 为什么 多少 几点 是否 是不是
        有没有 要不要 能不能 可不可以 可否 对不对 询问 请问 咨询 what who whom when_did where which
        why how did does do_we should shall is_there is_it are_there was_there have_you has_the
        can_you could_you
    """),
    Kind.NEGATION: _words("""
        不是 并非 而非 不要 不用 不需 不必 无需 无须 别 莫 勿 请勿 切勿 暂不 先不 先别 暂缓 未 未曾
        并未 尚未 还没 还没有 没有 没 不 无 非 不能 无法 不可 不得 禁止 拒绝 not no don't do_not
        dont never isn't is_not wasn't without cannot can't won't neither nor
    """),
    Kind.CORRECTION: _words("""
        更正 纠正 改为 改成 应为 应是 修正 说错 说错了 搞错 报错 错了 有误 更新 补充 correction
        corrected update
    """),
    Kind.DOUBT: _words("""
        可能 好像 好象 似乎 疑似 大概 也许 估计 应该 听说 据说 传闻 据传 不清楚 不清 看不清 不确定
        不知道 不知 不详 未知 待核实 待确认 未核实 未确认 核实 确认中 如果 假如 假设 若 倘若 一旦
        万一 要是 除非 等待 待命 稍后 稍候 随后 再 以后 之后 准备 打算 建议 申请 请求 需要 对向 反向
        对面 maybe perhaps possibly possible might may could probably likely unsure unclear
        uncertain unconfirmed suspected not_sure apparently if in_case when unless once until later
        after_that then wait would suggest propose request opposite
    """),
    Kind.PAST: _words("""
        昨天 昨日 昨晚 昨夜 前天 前日 大前天 前晚 上周 上星期 上个月 上月 去年 前年 往年 当年 曾经
        以前 之前 历史 回顾 此前 上次 那次 早先 yesterday last_week last_month last_year last_night
        previously earlier ago formerly
    """),
    Kind.FUTURE: _words("""
        明天 明日 明晚 明早 后天 大后天 下周 下星期 下个月 下月 明年 今晚 计划 预计 预定 拟 拟于 将
        将于 将要 即将 届时 定于 tomorrow tonight next_week next_month planned scheduled will
        going_to upcoming expected
    """),
    Kind.OR: _words("或 或者 或是 还是 抑或 要么 or either"),
    Kind.AND: _words("、 和 及 与 跟 以及 同 and &"),
    Kind.ONLY: _words("仅 只 只有 仅有 仅剩 只剩 只能 仅能 only"),
    Kind.EXCEPT: _words("除 除了 除开 以外 之外 except besides other_than apart_from"),
    Kind.PASSABLE: _words("""
        通行 可通行 能通行 可以通行 可走 能走 可以走 放行 畅通 开放 通车 正常通行 通行正常 open
        passable running remains_open is_open are_open
    """),
    Kind.SLOW: _words("缓慢 可缓慢 可以缓慢 能缓慢 缓行 慢行 行驶缓慢 通行缓慢 受影响 受阻 slow affected"),
    Kind.BLOCKING: _words("""
        不通 占 占用 占道 占据 停 停在 停于 停着 横在 挡住 堵住 堵死 堵塞 封闭 阻断 中断 无法通行
        不能通行 禁止通行 不可通行 blocked is_blocked are_blocked blocking closed is_closed
        are_closed occupied occupying stopped_in
    """),
    Kind.MOVED: _words("""
        挪到 挪至 挪 移到 移至 移 移动 驶入 驶离 靠边 靠右 停靠 推到 拖到 拖至 拖离 撤到 撤至 转移
        变更 变为 moved moved_to pulled_over towed pushed
    """),
    Kind.SHOULDER: _words("""
        应急车道 应急道 紧急车道 路肩 硬路肩 右路肩 左路肩 紧急停车带 应急停车带 港湾 停车带
        shoulder hard_shoulder emergency_lane lay_by layby breakdown_lane
    """),
    Kind.BARE_TUNNEL: _words("隧道 隧洞 tunnel tunnels"),
    Kind.INSIDE: _words("内 里 里面 洞内 inside within"),
    Kind.OUTSIDE: _words("""
        口 洞口 入口 进口 出口 隧道口 口部 门口 前 后 外 洞外 前方 后方 进洞 出洞 上游 下游 entrance
        exit portal before after outside approach beyond upstream downstream
    """),
    Kind.APPROXIMATE: _words(
        "附近 左右 大约 约 近 旁 周边 一带 about around near approximately roughly approx"
    ),
    Kind.ELSEWHERE: _words("""
        服务区 收费站 互通 枢纽 匝道 立交 大桥 特大桥 桥 停车区 连接线 联络道 横洞 车行横洞 人行横洞
        隔离带 中央分隔带 国道 service_area toll ramp slip_road junction interchange bridge
    """),
    Kind.BOTH_WAYS: _words("双向 两个方向 两方向 两边 双洞 全线 both_directions both_ways both_bores"),
    Kind.DONE: _words("已 已经 曾 刚刚 刚 过 完成 成功 失败 完毕 中 时 had already"),
    Kind.FILLER: _words("""
        收到请回复 请回复 收到 受损 车损
        紧急 紧急情况 急 警情 通知 报告 报警 接报 接警 注意 各单位 各岗位 指挥中心 监控中心 请
        请立即 立即 马上 立刻 赶紧 速 速速 火速 尽快 现在 现 目前 此刻 发生 突发 有 出现 存在 一起
        一宗 一例 的 地 了 在 于 位于 处 段 路段 方向 往 是 是个 个 一个 吧 啊 呀 都 均 全 也 正
        这里 这 此 因 由于 导致 造成 致 车 车辆 车子 路面 路上 道路 严重 情况 限速 减速 慢行通过
        减速慢行 请减速慢行 注意减速 注意避让 请过往车辆保持车距 轮胎 纸箱 木板 石块 石头 铁架 钢管
        the a an in at on of is are there has have been with to for by from please now urgent
        emergency attention alert immediately here we it this just happened occurred report vehicle
        vehicles car cars lane lanes traffic road direction bound carriageway set caused
    """),
}

TYPES: Final[dict[T, tuple[str, ...]]] = {
    T.REAR_END: _words("""
        追尾 追尾事故 连环追尾 追撞 rear_end rear_ended rear_ending rear_end_crash
        rear_end_collision rear_end_accident rear_end_shunt shunt
    """),
    T.COLLISION: _words("""
        碰撞 相撞 撞车 剐蹭 刮蹭 刮擦 擦碰 剐擦 撞护栏 撞上护栏 撞墙 事故 交通事故 车祸 碰擦 crash
        collision accident traffic_accident road_traffic_collision road_traffic_accident crashed
        scrape
    """),
    T.ROLLOVER: _words("侧翻 翻车 倾翻 翻覆 侧翻事故 rollover overturned rolled_over"),
    T.BREAKDOWN: _words("""
        抛锚 故障 故障车 车辆故障 爆胎 熄火 无法启动 不能启动 启动不了 没油 breakdown broken_down
        broken_down_car broken_down_truck broken_down_lorry stalled flat_tyre disabled_vehicle
    """),
    T.DEBRIS: _words(
        "抛洒物 抛撒物 散落物 遗撒 掉落物 落物 障碍物 遗落物 debris spilled_load obstacle obstruction"
    ),
    T.PEDESTRIAN: _words("""
        行人 一行人 徒步 徒步逆行 行人逆行 步行 男子徒步 男子徒步逆行 行人闯入 pedestrian
        pedestrians person_on_foot
    """),
    T.ANIMAL: _words("动物 牛 羊 狗 猪 一头牛 一只狗 一只羊 一头猪 animal animals cow dog sheep"),
    T.ROADWORK: _words(
        "施工 养护 养护施工 道路施工 施工作业 养护作业 检修 roadwork roadworks maintenance works"
    ),
    T.CONGESTION: _words(
        "拥堵 大流量 大流量缓行 车多 排队 堵车 车流量大 congestion queue queuing traffic_jam"
    ),
    T.WEATHER: _words("团雾 浓雾 大雾 暴雨 大雨 结冰 积雪 暴雪 大雪 大风 横风 fog ice snow heavy_rain"),
    T.FIRE: _words("起火 着火 火灾 自燃 冒烟 浓烟 燃烧 火情 fire on_fire smoke burning"),
    T.SPILL: _words("泄漏 泄露 漏油 危化品泄漏 危险品泄漏 液体泄漏 spill leak spillage"),
    T.WRONG_WAY: _words("逆行 车辆逆行 倒车 wrong_way wrong_way_driver ghost_driver reversing"),
    T.OTHER: _words("积水 塌方 落石 坍塌 积水严重 路面积水 路面积水严重 flooding rockfall"),
}

PLAIN_ACCIDENT: Final = frozenset(
    _words("事故 交通事故 车祸 accident traffic_accident road_traffic_accident road_traffic_collision")
)
"""Says only that something happened: any named type beside it wins."""

SEVERITIES: Final[dict[str, tuple[str, ...]]] = {
    "critical": _words("有人被困 人员被困 被困 死亡 有人死亡 重伤 多人受伤 trapped fatal killed fatality"),
    "major": _words("有人受伤 人员受伤 受伤 有人伤 伤者 有伤员 injured injuries injury with_injuries"),
    "minor": _words("轻微 轻微事故 小事故 minor slight"),
    "": _words("""
        无人伤 无人受伤 无人员伤亡 无人员受伤 没有人受伤 没人受伤 无伤亡 无人被困 人员无碍 人没事
        no_injuries no_injury nobody_injured nobody_hurt no_one_injured
    """),
}
"""Words about harm; the empty severity is "nobody hurt", which changes nothing."""

TYPE_SEVERITY: Final[dict[T, str]] = {
    T.ROLLOVER: "major",
    T.PEDESTRIAN: "major",
    T.FIRE: "major",
    T.SPILL: "major",
    T.WRONG_WAY: "major",
    T.ROADWORK: "minor",
    T.CONGESTION: "minor",
}

AFTER_A_PLACE: Final = frozenset(_words("口 前 后 外 前方 后方 上游 下游"))
"""Say where only right behind a tunnel or a chainage; elsewhere they are part of anything."""

MINOR_CRASHES: Final = frozenset(_words("剐蹭 刮蹭 刮擦 擦碰 剐擦 碰擦 scrape"))

TYPE_NAMES: Final[dict[T, tuple[str, str]]] = {
    T.REAR_END: ("追尾", "rear-end crash"),
    T.COLLISION: ("碰撞", "collision"),
    T.ROLLOVER: ("侧翻", "rollover"),
    T.BREAKDOWN: ("抛锚", "breakdown"),
    T.DEBRIS: ("抛洒物", "debris"),
    T.PEDESTRIAN: ("行人", "pedestrian"),
    T.ANIMAL: ("动物", "animal"),
    T.ROADWORK: ("施工", "roadwork"),
    T.CONGESTION: ("拥堵", "congestion"),
    T.WEATHER: ("恶劣天气", "weather"),
    T.FIRE: ("起火", "fire"),
    T.SPILL: ("泄漏", "spill"),
    T.WRONG_WAY: ("逆行", "wrong-way driver"),
    T.OTHER: ("其他", "other"),
}

DIGITS: Final[dict[str, int]] = {
    **{char: number for number, char in enumerate("一二三四五六七八九十", start=1)},
    "两": 2,
    "双": 2,
    **{
        word: number
        for number, word in enumerate(
            ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1
        )
    },
}
