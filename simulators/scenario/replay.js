const { devices, frames, length_ms, marks, began_ms } = JSON.parse(document.getElementById("data").textContent);
const states = new Map();
const shapes = new Map(devices.map((d) => [d.id, document.getElementById("d-" + d.id)]));
const signs = document.getElementById("signs");
const clock = document.getElementById("clock"), bar = document.getElementById("bar");
const speed = document.getElementById("speed"), key = document.getElementById("play"), log = document.getElementById("log");
let at_ms = 0, next = 0, playing = false, last = 0;

function draw(id) {
  const s = states.get(id) || { fill: "", want: "" };
  const shape = shapes.get(id);
  const mark = document.getElementById("m-" + id);
  if (mark) mark.textContent = marks[s.words] || "";
  if (shape) shape.setAttribute("class", "device " + (s.fill || "rest") + (s.want ? " want-" + s.want : "") + (s.failed ? " bad" : ""));
}
function apply(frame) {
  if (!frame.device) return;
  const s = { ...(states.get(frame.device) || { fill: "", want: "", failed: false }) };
  if (frame.phase === "wanted") s.want = frame.kind;
  if (frame.phase === "shown") { s.fill = frame.kind; s.want = ""; s.words = frame.words; s.failed = false; }
  if (frame.phase === "failed") s.failed = true;
  if (frame.phase === "released") { s.fill = ""; s.want = ""; s.words = ""; s.failed = false; }
  states.set(frame.device, s);
  draw(frame.device);
}
function told() {
  const rows = new Map();
  for (const d of devices) {
    const words = d.head ? "" : (states.get(d.id) || {}).words;
    if (words) rows.set(words, [...(rows.get(words) || []), d.id]);
  }
  signs.replaceChildren(...[...rows].flatMap(([words, names]) => [["dt", names.join(" ")], ["dd", words]].map(([tag, said]) => {
    const cell = document.createElement(tag);
    cell.textContent = said;
    return cell;
  })));
}
function seek(to_ms) {
  const from = next;
  if (to_ms < at_ms) { states.clear(); devices.forEach((d) => draw(d.id)); next = 0; told(); }
  at_ms = Math.min(Math.max(to_ms, 0), length_ms);
  while (next < frames.length && frames[next].at_ms <= at_ms) apply(frames[next++]);
  if (next !== from || !next) told();
  const wall = began_ms ? new Date(began_ms + at_ms).toISOString().slice(0, 19).replace("T", " ") + " UTC  " : "";
  clock.textContent = wall + (at_ms / 1000).toFixed(2) + " s";
  bar.value = at_ms;
  log.textContent = frames.slice(0, next).filter((f) => !f.device).slice(-6).map((f) => (f.at_ms / 1000).toFixed(2) + " s  " + f.said).join("\n");
}
function tick(now) {
  if (!playing) return;
  seek(at_ms + (now - last) * Number(speed.value));
  last = now;
  if (at_ms >= length_ms) return stop();
  requestAnimationFrame(tick);
}
function stop() { playing = false; key.textContent = "▶"; }
key.addEventListener("click", () => {
  if (playing) return stop();
  if (at_ms >= length_ms) seek(0);
  playing = true; key.textContent = "❚❚"; last = performance.now(); requestAnimationFrame(tick);
});
bar.addEventListener("input", () => { stop(); seek(Number(bar.value)); });
seek(0);
