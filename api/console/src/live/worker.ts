// Shares one stream of events between all tabs of a browser: HTTP/1.1 allows it only six connections.
import { emptyFacts, snapshotOf, takeChanges, takeSnapshot, type State } from "./merge";
import { Source, type News } from "./source";

const ports = new Set<MessagePort>();
const state: State = { devices: new Map(), incidents: new Map(), alarms: new Map(), facts: emptyFacts() };
let known = false;

new Source((news) => {
  if (news.kind === "snapshot") takeSnapshot(state, news.body);
  if (news.kind === "changes") takeChanges(state, news.body);
  if (news.kind === "heard") state.facts.now_ms = news.now_ms;
  known = news.kind !== "lost" && (known || news.kind === "snapshot");
  for (const port of ports) port.postMessage(news);
});

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0]!;
  ports.add(port);
  port.addEventListener("message", () => ports.delete(port)); // a page says only that it leaves
  port.start();
  if (known) port.postMessage({ kind: "snapshot", body: snapshotOf(state) } satisfies News);
});
