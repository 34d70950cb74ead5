// Written from the API's description by `python -m docs.console`; change the API, not this file.

export type AckBody = {
  note?: string;
};

export type Ack = {
  actor: Actor;
  at_ms: number;
  note: string;
};

export type ActivateBody = {
  drop?: string[];
};

export type Actor = {
  id: string;
  role: string;
  via: string;
};

export type Added = {
  revision: number;
  steps: Step[];
  verdict: Verdict | null;
};

export type AlarmFigures = {
  rate_10min: number;
  flood: boolean;
  standing: number;
  stale: number;
  shelved: number;
  unacked: number;
  top: AlarmTimes[];
};

export type AlarmKind = "conflict" | "journal" | "release" | "link" | "unexplained" | "device" | "failed" | "checkpoint" | "disk" | "loop" | "clock" | "review" | "lock" | "service" | "task" | "outdated";

export type AlarmList = {
  alarms: Alarm[];
  figures: AlarmFigures;
  journal_degraded: string | null;
};

export type Alarm = {
  id: string;
  cause: string;
  kind: AlarmKind;
  subject: string;
  text: string;
  priority: Priority;
  state: AlarmState;
  group: string;
  first_up: boolean;
  since_ms: number;
  cleared_ms: number | null;
  times: number;
  flapping: boolean;
  devices: string[];
  ack: Ack | null;
  shelf: Shelf | null;
  shelvable: boolean;
};

export type AlarmState = "active_unacked" | "active_acked" | "cleared_unacked" | "cleared_acked";

export type AlarmTimes = {
  cause: string;
  times: number;
};

export type Beyond = {
  carriageway: string;
  from: string;
  to: string;
  length_m: number;
};

export type Bore = {
  carriageway: string;
  entry_m: number;
  exit_m: number;
};

export type Camera = {
  id: string;
  carriageway: string;
  at_m: number;
  url: string;
};

export type CancelBody = {
  reason?: string;
  confirmed_by?: string[];
};

export type Carriageway = {
  id: string;
  road: string;
  direction: Text;
  section: string;
  length_m: number;
  lanes: Lane[];
  pieces: Piece[];
  shoulder: Span[];
};

export type ClearBody = {
  reason?: string;
  confirmed_by?: string[];
  without_proof?: string[];
};

export type Closure = {
  carriageway: string;
  lane: number;
  from: string;
  to: string;
  from_m: number;
  to_m: number;
};

export type Commissioned = {
  seen: Record<string, boolean>;
  note: string;
  actor: Actor;
  at_ms: number;
};

export type CommissioningBody = {
  seen: Record<string, boolean>;
  note?: string;
};

export type Demand = {
  device: string;
  type: DeviceType;
  chainage: string;
  value: unknown;
  rule: string;
  reason: string;
  substitution?: string | null;
};

export type DeviceCommand = {
  at_ms: number;
  kind: string;
  incident: string | null;
  revision: number | null;
  state: string | null;
  actor: Actor | null;
  reason: string;
  took_ms: number | null;
};

export type DeviceError = {
  at_ms: number;
  text: string;
  raised: boolean;
};

export type DeviceHistory = {
  commands: DeviceCommand[];
  proof: ProofTimes;
  failures: Record<string, number>;
  errors: DeviceError[];
};

export type DeviceList = {
  devices: Device[];
};

export type Device = {
  id: string;
  type: DeviceType;
  carriageway: string;
  section: string;
  at_m: number;
  chainage: string;
  ramp: Ramp | null;
  gantry: string | null;
  lane: number | null;
  link: string;
  model: string;
  desired: unknown;
  because: string;
  wanted_by: string | null;
  outranked: string[];
  raised_by: string;
  waits_for: string[];
  commanded: unknown;
  commanded_at_ms: number | null;
  shown: unknown;
  shown_note: string;
  back: unknown;
  age_ms: number | null;
  mode: string;
  reachable: boolean | null;
  verdict: string;
  well: boolean;
  reason: string;
  since_ms: number;
  round_trip_ms: number | null;
  lock: Lock | null;
  failed: Failed | null;
  out_of_service: string | null;
  service: Service | null;
  commissioned: Commissioned | null;
  uncommissioned: string;
  unexplained_since_ms: number | null;
};

export type DeviceType = "head" | "sign" | "beacon" | "portal" | "speaker" | "speed";

export type Equipment = {
  type: DeviceType;
  carriageway: string;
  at_m: number;
  gantry: string | null;
  lane: number | null;
  base: unknown;
  aspects: string[];
  siren: boolean;
  matrix: SignMatrix | null;
};

export type Failed = {
  reason: string;
  since_ms: number;
};

export type Gantry = {
  id: string;
  carriageway: string;
  at_m: number;
};

export type IncidentBody = {
  carriageway?: string | null;
  chainage?: string | null;
  chainage_end?: string | null;
  tunnel?: string | null;
  offset_m?: number | null;
  position?: string | null;
  lanes?: Record<string, string> | (number | string)[] | null;
  type?: string | null;
  severity?: string;
  shoulder?: boolean;
  text?: string | null;
  activate?: boolean;
  separate?: boolean;
  drop?: string[];
};

export type IncidentLine = {
  id: string;
  state: IncidentState;
  carriageway: string;
  tunnel: string | null;
  lanes: Record<string, LaneImpact>;
  type: IncidentType;
  text: string;
  created_ms: number;
  updated_ms: number;
  revision: number;
};

export type IncidentList = {
  incidents: IncidentLine[];
  complete: boolean;
};

export type Incident = {
  carriageway: string;
  tunnel: string | null;
  place: Place;
  lanes: Record<string, LaneImpact>;
  type: IncidentType;
  severity: string;
  text: string;
  shoulder: boolean;
  id: string;
  state: IncidentState;
  durable: boolean;
  simulation: boolean;
  drill: boolean;
  actor: Actor;
  created_ms: number;
  updated_ms: number;
  activated_ms?: number | null;
  revision: number;
  plan: Plan;
  beyond_site?: Beyond[];
  plan_outdated?: boolean;
  plan_differs?: string[];
  dropped?: string[];
  undo?: Undo | null;
  budget_ms: number;
  steps: Step[];
  verdict: Verdict | null;
  added?: Added[];
  release: Record<string, unknown> | null;
  clear_steps?: Step[];
  uncommissioned?: Record<string, string>;
  clear_verdict?: Verdict | null;
  joined?: boolean;
  already_active_by?: Actor | null;
};

export type IncidentState = "prepared" | "activating" | "active" | "degraded" | "clearing" | "cleared" | "cancelled";

export type IncidentType = "rear_end" | "collision" | "rollover" | "breakdown" | "debris" | "pedestrian" | "animal" | "roadwork" | "congestion" | "weather" | "fire" | "spill" | "wrong_way" | "other";

export type InterlockList = {
  interlocks: Interlock[];
};

export type Interlock = {
  id: string;
  never: Record<string, string[]>;
  reason: Text;
  settle_ms: number;
  built_in: boolean;
  state: "kept" | "possible" | "conflict" | "latched";
  stands: "kept" | "possible" | "conflict";
  shown: Record<string, unknown>;
  since_ms: number | null;
  seen: Record<string, unknown> | null;
  holds: string[];
};

export type JournalCheck = {
  ok: boolean;
  rows: number;
  first_bad_seq: number | null;
  reason: string;
  last_hash: string;
  sealed: Sealed;
};

export type JournalRow = {
  seq: number;
  at_ms: number;
  kind: string;
  actor: Actor | Record<string, unknown>;
  section: string;
  epoch: number;
  body: Record<string, unknown>;
  prev: string;
  hash: string;
};

export type Journal = {
  rows: JournalRow[];
};

export type Junction = {
  id: string;
  name: Text;
  sides: JunctionSide[];
};

export type JunctionSide = {
  carriageway: string;
  exit_m: number | null;
  entry_m: number | null;
};

export type LaneImpact = "blocked" | "affected";

export type Lane = {
  number: number;
  zh: string;
  en: string;
  from_m: number | null;
  to_m: number | null;
};

export type Law = {
  id: string;
  never: Record<string, string[]>;
  reason: Text;
  settle_ms: number;
  built_in: boolean;
};

export type Link = {
  id: string;
  kind: string;
  serial: boolean;
  devices: string[];
};

export type LockBody = {
  value: unknown;
  reason: string;
  expires_s?: number | null;
};

export type Lock = {
  value: unknown;
  reason: string;
  actor: Actor;
  at_ms: number;
  expires_ms: number | null;
};

export type Missing = {
  field: string;
  zh: string;
  en: string;
};

export type NoteBody = {
  text?: string;
  task?: string;
  done?: boolean;
};

export type PicturePage = {
  pixels: string;
  on_ms: number;
  off_ms: number;
};

export type Picture = {
  width_px: number;
  height_px: number;
  palette: number[][];
  pages: PicturePage[];
  refused: string | null;
};

export type Piece = {
  from_m: number;
  to_m: number;
  prefix: string;
  metres: number;
  sense: number;
};

export type Place = {
  known: boolean;
  from: string;
  to: string;
  from_m: number;
  to_m: number;
};

export type PlanAnswer = {
  decision: string;
  missing: Missing[];
  notes: string[];
  report: Report;
  plan: Plan;
  readiness: Readiness[];
  uncovered: string[];
  budget_ms: number;
};

export type Plan = {
  demands: Demand[];
  closures: Closure[];
  shoulder: Shoulder[];
  findings: api__shapes__incident__Finding[];
};

export type Point = {
  name: string;
  raw: string;
  means: string;
};

export type Policy = {
  budget_ms: number;
  release_budget_ms: number;
  siren_s: number;
  review_min: number;
  reactivate_s: number;
  approved_texts: string[];
};

export type Priority = "critical" | "high" | "medium" | "low";

export type Probe = {
  device: string;
  model: string;
  points: Point[];
  shown: unknown;
  note: string;
};

export type ProofTimes = {
  count: number;
  p50_ms: number | null;
  p99_ms: number | null;
};

export type PublicKey = {
  public_key: string | null;
};

export type Ramp = {
  id: string;
  junction: string;
  length_m: number;
};

export type Readiness = {
  device: string;
  problem: string;
  reason: string;
};

export type ReasonBody = {
  reason: string;
};

export type Report = {
  carriageway: string;
  tunnel: string | null;
  place: Place;
  lanes: Record<string, LaneImpact>;
  type: IncidentType;
  severity: string;
  text: string;
  shoulder: boolean;
};

export type ResetBody = {
  reason: string;
  without_proof?: string[];
};

export type ScenarioLine = {
  scenario: string;
  line: number;
  said: string;
  kind: string;
  outcome: string;
  at_ms: number;
  got: string;
};

export type ScenarioList = {
  scenarios: Scenario[];
  runs: ScenarioRun[];
  offered: boolean;
};

export type ScenarioPlace = {
  type: DeviceType;
  carriageway: string;
  at_m: number;
  lane: number | null;
  chainage: string;
};

export type ScenarioRoad = {
  at_ms: number;
  devices: Record<string, ScenarioPlace>;
  shown: ScenarioStretch[];
};

export type ScenarioRunBody = {
  seed?: number;
  fast?: boolean;
  given?: Record<string, string>;
};

export type ScenarioRun = {
  id: string;
  scenario: string;
  seed: number;
  started_ms: number;
  state: string;
  why: string;
  lines?: ScenarioLine[];
  road?: ScenarioRoad | null;
  result?: Record<string, unknown> | null;
};

export type Scenario = {
  name: string;
  family: string;
  about: Text;
  site: string;
  long: boolean;
  given: Record<string, unknown>;
  needs_processes: boolean;
};

export type ScenarioStretch = {
  device: string;
  from_ms: number;
  to_ms: number;
  lamp: unknown;
};

export type Sealed = {
  size: number;
  checkpoints: number;
  keys: string[];
  given: boolean;
  outside: number;
};

export type ServiceBody = {
  reason: string;
  expires_s?: number | null;
};

export type Service = {
  reason: string;
  actor: Actor;
  at_ms: number;
  until_ms: number | null;
};

export type SessionBody = {
  token: string;
  actor: string;
};

export type Session = {
  actor: string | null;
  role: "view" | "operate" | "manage" | "configure" | null;
  until_ms: number | null;
};

export type ShelfBody = {
  minutes: number;
  reason: string;
};

export type Shelf = {
  actor: Actor;
  at_ms: number;
  until_ms: number;
  reason: string;
};

export type Shoulder = {
  carriageway: string;
  from: string;
  to: string;
};

export type SignMatrix = {
  width_px: number;
  height_px: number;
  glyph_px: number;
};

export type SilenceBody = {
  reason?: string;
};

export type Silenced = {
  silenced: string[];
  still_sounding: string[];
};

export type Site = {
  id: string;
  name: Text;
  kind: string;
  drill: boolean;
  note: string;
  phone: string;
  digest: string;
  drives: string;
  carriageways: Carriageway[];
  tunnels: Tunnel[];
  junctions: Junction[];
  gantries: Gantry[];
  devices: number;
  equipment: Record<string, Equipment>;
  cameras: Camera[];
  interlocks: Law[];
  links: Link[];
  policy: Policy;
  findings: api__shapes__site__Finding[];
  started_ms: number;
};

export type Span = {
  from_m: number;
  to_m: number;
};

export type Step = {
  device: string;
  revision: number;
  state: StepState;
  reason: string;
  t_ms: number;
  times: Record<string, number>;
};

export type StepState = "queued" | "sent" | "acked" | "verified" | "mismatch" | "timeout" | "unreachable" | "rejected" | "skipped" | "superseded" | "outranked";

export type TextBody = {
  text: string;
};

export type Text = {
  zh: string;
  en: string;
};

export type TimelineEntry = {
  at_ms: number;
  t_ms: number | null;
  what: "report" | "revision" | "step" | "verdict" | string;
  revision?: number;
  kind?: string;
  phase?: string;
  actor?: Actor | null;
  text?: string;
  devices?: number;
  device?: string;
  state?: string;
  reason?: string;
  task?: string;
  done?: boolean;
  verdict?: Record<string, unknown> | null;
};

export type Timeline = {
  incident: string;
  timeline: TimelineEntry[];
};

export type Tunnel = {
  id: string;
  name: Text;
  lane_change_inside: boolean;
  bores: Bore[];
};

export type Undo = {
  what: string;
  until_ms: number;
};

export type Verdict = {
  outcome: string;
  verified: number;
  acked_only: number;
  total: number;
  budget_ms: number;
  last_ms: number | null;
  failed: Record<string, string>;
  apart?: Record<string, string>;
  coverage_lost?: string;
  line: string;
  late: boolean;
};

export type WalkBody = {
  value: unknown;
};

export type Walk = {
  values: unknown[];
  hold_s: number;
};

export type api__shapes__incident__Finding = {
  code: string;
  text: string;
  device: string | null;
  beyond?: Beyond | null;
};

export type api__shapes__site__Finding = {
  level: "error" | "warning";
  file: string;
  line: number;
  path: string;
  value: string;
  problem: string;
  remedy: string;
};

export interface Calls {
  "POST /api/v1/incidents": { body: IncidentBody; answer: Incident };
  "GET /api/v1/incidents": { body: undefined; answer: IncidentList };
  "GET /api/v1/incidents/{incident_id}": { body: undefined; answer: Incident };
  "PATCH /api/v1/incidents/{incident_id}": { body: IncidentBody; answer: Incident };
  "GET /api/v1/incidents/{incident_id}/timeline": { body: undefined; answer: Timeline };
  "POST /api/v1/incidents/{incident_id}/activate": { body: ActivateBody | null; answer: Incident };
  "POST /api/v1/incidents/{incident_id}/reactivate": { body: undefined; answer: Incident };
  "POST /api/v1/incidents/{incident_id}/undo": { body: undefined; answer: Incident };
  "POST /api/v1/incidents/{incident_id}/notes": { body: NoteBody; answer: Timeline };
  "POST /api/v1/incidents/{incident_id}/update": { body: undefined; answer: Incident };
  "POST /api/v1/incidents/{incident_id}/hold": { body: undefined; answer: Incident };
  "POST /api/v1/incidents/{incident_id}/clear": { body: ClearBody | null; answer: Incident };
  "POST /api/v1/incidents/{incident_id}/cancel": { body: CancelBody | null; answer: Incident };
  "POST /api/v1/plans": { body: IncidentBody; answer: PlanAnswer };
  "POST /api/v1/intake/parse": { body: TextBody; answer: unknown };
  "GET /api/v1/devices": { body: undefined; answer: DeviceList };
  "GET /api/v1/devices/{device_id}": { body: undefined; answer: Device };
  "GET /api/v1/devices/{device_id}/history": { body: undefined; answer: DeviceHistory };
  "PUT /api/v1/devices/{device_id}/lock": { body: LockBody; answer: Device };
  "DELETE /api/v1/devices/{device_id}/lock": { body: undefined; answer: Device };
  "PUT /api/v1/devices/{device_id}/service": { body: ServiceBody; answer: Device };
  "DELETE /api/v1/devices/{device_id}/service": { body: undefined; answer: Device };
  "DELETE /api/v1/devices/{device_id}/fault": { body: ReasonBody | null; answer: Device };
  "POST /api/v1/devices/{device_id}/release": { body: ReasonBody; answer: Device };
  "GET /api/v1/devices/{device_id}/walk": { body: undefined; answer: Walk };
  "POST /api/v1/devices/{device_id}/walk": { body: WalkBody; answer: Device };
  "DELETE /api/v1/devices/{device_id}/walk": { body: undefined; answer: Device };
  "PUT /api/v1/devices/{device_id}/commissioning": { body: CommissioningBody; answer: Device };
  "GET /api/v1/devices/{device_id}/probe": { body: undefined; answer: Probe };
  "GET /api/v1/devices/{device_id}/picture": { body: undefined; answer: Picture };
  "POST /api/v1/sirens/silence": { body: SilenceBody | null; answer: Silenced };
  "GET /api/v1/interlocks": { body: undefined; answer: InterlockList };
  "POST /api/v1/interlocks/{interlock_id}/reset": { body: ResetBody; answer: Interlock };
  "GET /api/v1/site": { body: undefined; answer: Site };
  "GET /api/v1/alarms": { body: undefined; answer: AlarmList };
  "POST /api/v1/alarms/{alarm_id}/ack": { body: AckBody | null; answer: Alarm };
  "POST /api/v1/alarms/{alarm_id}/shelve": { body: ShelfBody; answer: Alarm };
  "POST /api/v1/alarms/{alarm_id}/unshelve": { body: undefined; answer: Alarm };
  "GET /api/v1/audit": { body: undefined; answer: Journal };
  "GET /api/v1/audit/verify": { body: undefined; answer: JournalCheck };
  "GET /api/v1/audit/key": { body: undefined; answer: PublicKey };
  "POST /api/v1/audit/rotate-key": { body: undefined; answer: PublicKey };
  "POST /api/v1/audit/restore": { body: undefined; answer: unknown };
  "GET /api/v1/audit/export": { body: undefined; answer: unknown };
  "GET /api/v1/events": { body: undefined; answer: unknown };
  "GET /api/v1/session": { body: undefined; answer: Session };
  "POST /api/v1/session": { body: SessionBody; answer: Session };
  "DELETE /api/v1/session": { body: undefined; answer: Session };
  "GET /api/v1/scenarios": { body: undefined; answer: ScenarioList };
  "POST /api/v1/scenarios/{name}/runs": { body: ScenarioRunBody | null; answer: ScenarioRun };
  "GET /api/v1/scenarios/runs/{run}": { body: undefined; answer: ScenarioRun };
  "POST /api/v1/scenarios/runs/{run}/stop": { body: undefined; answer: ScenarioRun };
  "GET /api/v1/scenarios/runs/{run}/page": { body: undefined; answer: unknown };
  "GET /health/live": { body: undefined; answer: unknown };
  "GET /health/ready": { body: undefined; answer: unknown };
  "GET /metrics": { body: undefined; answer: unknown };
}
