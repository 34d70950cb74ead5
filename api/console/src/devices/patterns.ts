// Texts everybody may put on a sign by hand; others are for operators and managers.
export const PATTERNS = [
  "前方事故,减速慢行",
  "前方施工,注意避让",
  "前方拥堵,保持车距",
  "隧道封闭,请绕行",
  "雾天减速,开启雾灯",
  "路面湿滑,减速慢行",
  "ACCIDENT AHEAD",
  "SLOW DOWN",
  "TUNNEL CLOSED",
];

export const FREE_TEXT_ROLES = ["operator", "manager"];
