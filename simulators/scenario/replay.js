const { devices, frames, length_ms } = JSON.parse(document.getElementById("data").textContent);
const states = new Map();
const shapes = new Map(devices.map((d) => [d.id, document.getElementById("d-" + d.id)]));
const clock = document.getElementById("clock"), bar = document.getElementById("bar");
const speed = document.getElementById("speed"), key = document.getElementById("play"), log = document.getElementById("log");
let at_ms = 0, next = 0, playing = false, last = 0;

function draw(id) {
  const s = states.get(id) || { fill: "", want: "" };
  const shape = shapes.get(id);
  if (shape) shape.setAttribute("class", "device " + (s.fill || "rest") + (s.want ? " want-" + s.want : "") + (s.failed ? " bad" : ""));
}
function apply(frame) {
  if (!frame.device) return;
  const s = { ...(states.get(frame.device) || { fill: "", want: "", failed: false }) };
  if (frame.phase === "wanted") s.want = frame.kind;
  if (frame.phase === "shown") { s.fill = frame.kind; s.want = ""; s.failed = false; }
  if (frame.phase === "failed") s.failed = true;
  if (frame.phase === "released") { s.fill = ""; s.want = ""; s.failed = false; }
  states.set(frame.device, s);
  draw(frame.device);
}
function seek(to_ms) {
  if (to_ms < at_ms) { states.clear(); devices.forEach((d) => draw(d.id)); next = 0; }
  at_ms = Math.min(Math.max(to_ms, 0), length_ms);
  while (next < frames.length && frames[next].at_ms <= at_ms) apply(frames[next++]);
  clock.textContent = (at_ms / 1000).toFixed(2) + " s";
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
