"""Plays one scenario: steps in order, expectations judged by what the observer saw, the truth at the end."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2

from devices.clock import Clock
from devices.values import value_to_json
from simulators.remote import Desk, Refused, Road
from simulators.scenario.dispatcher import Dispatcher, StepFailed
from simulators.scenario.durations import said
from simulators.scenario.judge import Guard, Standing, is_report, judge_guard, until_true
from simulators.scenario.observer import Observer
from simulators.scenario.result import Line, Outcome, Run, Shown
from simulators.scenario.rig import NotHere, Rig
from simulators.scenario.script import Doing, Expecting, Scenario
from simulators.scenario.telling import Nobody, Teller, places, tell_road
from simulators.scenario.truth import HOLDING, Journal, shown_untrue
from simulators.scenario.verbs import VERBS

_PAGE = 1_000
_FLUSH_S = 0.6
"""The journal commits what nobody waits for after half a second at the latest."""
_GUARD_S = 0.1


class Player:
    """One run of one scenario on a rig that is at rest."""

    def __init__(
        self,
        scenario: Scenario,
        rig: Rig,
        desk: Desk,
        road: Road,
        clock: Clock,
        *,
        seed: int = 0,
        fast: bool = False,
        tell: Teller | None = None,
        hands: Callable[[Observer], Dispatcher] | None = None,
    ) -> None:
        """Take what the run needs.

        Args:
            hands: who takes the steps; by default this program takes all of them.
        """
        self.scenario = scenario
        self._rig, self._desk, self._road, self._clock = rig, desk, road, clock
        self._seed, self._fast, self._tell = seed, fast, tell or Nobody()
        self.observer = Observer(desk, road, clock)
        self.hands = hands(self.observer) if hands else Dispatcher(rig, self.observer, scenario.site, seed)
        self._lines: list[Line] = []
        self._guards: list[Guard] = []
        self._zero_ms = self._anchor_ms = self._key_ms = 0.0
        self._journal_seq = 0

    async def play(self) -> Run:
        """Run it to its end and return what came of it; the rig is left as the scenario leaves it."""
        await self.observer.begin()
        self._zero_ms = self._anchor_ms = self._key_ms = float(self._clock.wall_ms())
        self._journal_seq = await self._newest_journal()
        for doing in self.scenario.before:
            if not await self._do(doing):
                return await self._end(())
        if self.scenario.before:
            await self._rig.restart_serve()
        left = list(self.scenario.items)
        watching = [asyncio.create_task(self._watch_guards(), name=f"guards of {self.scenario.name}")]
        if self._tell.wants_road:
            telling = tell_road(
                self.scenario.name, self.scenario.site, self.observer, self._zero_ms, self._tell
            )
            watching.append(asyncio.create_task(telling, name=f"road of {self.scenario.name}"))
        try:
            while left:
                item = left.pop(0)
                if isinstance(item, Expecting):
                    await self._expect(item)
                elif not await self._do(item):
                    break
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
        return await self._end(tuple(left))

    async def _do(self, doing: Doing) -> bool:
        """Take a step; False where the run cannot go on."""
        act = doing.act
        if act.verb == "wait" and self._fast:
            self._note(doing, "step", Outcome.PASSED, self._now_ms(), "skipped: --fast")
            return True
        began_ms = self._now_ms()
        for guard in self._guards:
            if guard.open and guard.until == act.verb:
                guard.to_ms = began_ms
        self._anchor_ms = began_ms
        if VERBS[act.verb].key:
            self._key_ms = began_ms
        self.observer.refused = None
        outcome, got = Outcome.PASSED, ""
        try:
            got = await self.hands.take(act)
        except Refused as err:
            self.observer.refused = got = str(err)
            outcome = Outcome.PASSED if doing.may_be_refused else Outcome.FAILED
        except (StepFailed, NotHere) as err:
            outcome, got = Outcome.FAILED, str(err)
        acted_ms, self.hands.acted_ms = self.hands.acted_ms, None
        if acted_ms is not None:  # a person was waited for: what is expected counts from when it was done
            self._anchor_ms = acted_ms
            self._key_ms = acted_ms if VERBS[act.verb].key else self._key_ms
        self._note(doing, "step", outcome, began_ms, got)
        return outcome is Outcome.PASSED

    async def _expect(self, item: Expecting) -> None:
        from_ms = self._now_ms()
        match item.time:
            case "always" | "never" | "until":
                self._guards.append(Guard(item, from_ms))
                return
            case "within":
                found = await until_true(self.observer, item.claim, self._anchor_ms, item.span_ms)
            case "by":
                found = await until_true(self.observer, item.claim, self._key_ms, item.span_ms)
            case "for":
                found = await self._for(item, from_ms)
            case _:
                found = await until_true(self.observer, item.claim, self._anchor_ms, None)
        outcome = Outcome.PASSED if found.good else Outcome.FAILED
        self._note(item, "expectation", outcome, from_ms, found.got)

    async def _for(self, item: Expecting, from_ms: float) -> Standing:
        guard = Guard(item, from_ms)
        end_ms = from_ms + item.span_ms
        while self._now_ms() <= end_ms:
            if is_report(item.claim):
                guard.sighted(await self.observer.sight(item.claim.needs))
            await asyncio.sleep(min(_GUARD_S, max(0.0, (end_ms - self._now_ms()) / 1000) + 0.002))
        guard.to_ms = end_ms
        await self.observer.look_at_road()
        return judge_guard(guard, self.observer.witness, end_ms)

    async def _watch_guards(self) -> None:
        """Sight what standing expectations ask of the controller; those of the road need no watching."""
        while True:
            for guard in self._guards:
                claim = guard.item.claim
                if guard.open and is_report(claim):
                    guard.sighted(await self.observer.sight(claim.needs))
            await asyncio.sleep(_GUARD_S)

    async def _end(self, left: tuple[Any, ...]) -> Run:
        end_ms = await self.observer.look_at_road()
        for guard in self._guards:
            found = judge_guard(guard, self.observer.witness, end_ms)
            outcome = Outcome.PASSED if found.good else Outcome.FAILED
            self._note(guard.item, "expectation", outcome, guard.from_ms, found.got)
        for item in left:
            kind = "step" if isinstance(item, Doing) else "expectation"
            self._note(item, kind, Outcome.NOT_REACHED, end_ms, "")
        journal, untrue = await self._truth(end_ms)
        self._lines.sort(key=lambda line: line.line or 1_000_000)
        failed = any(line.outcome is not Outcome.PASSED for line in self._lines)
        site = self.scenario.site
        return Run(
            self.scenario.name,
            self.scenario.family,
            self.scenario.file,
            self.scenario.about,
            site.id,
            self._seed,
            self.scenario.given,
            Outcome.FAILED if failed else Outcome.PASSED,
            started_ms=round(self._zero_ms),
            took_ms=round(end_ms - self._zero_ms),
            lines=tuple(self._lines),
            claims=journal[1],
            untrue=untrue,
            presses=tuple(journal[0].presses()),
            shown=tuple(self._shown(end_ms)),
            devices=places(site),
        )

    async def _truth(self, end_ms: float) -> tuple[tuple[Journal, int], list[str]]:
        """Compare every `verified` with the lamps; a line of the run says how it went."""
        await asyncio.sleep(_FLUSH_S)
        began_ms = self._now_ms()
        untrue: list[str] = []
        claims = 0
        journal = Journal((), self._zero_ms)
        try:
            journal = Journal(await self._journal(), self._zero_ms)
            asked_ms = self._now_ms()
            devices = await self._desk.devices()
            await self.observer.look_at_road()
            site = self.scenario.site.devices
            bases = {d.id: None if d.base is None else value_to_json(d.base) for d in site.values()}
            truth = journal.judge(self.observer.witness, bases, site)
            claims, untrue = truth.claims, list(truth.untrue)
            slack_ms = self.hands.slack_ms
            untrue += shown_untrue(devices, self.observer.witness, asked_ms, slack_ms, site)
            got = f"{claims} verified, all true" if not untrue else "; ".join(untrue[:6])
        except (httpx2.HTTPError, Refused) as err:
            got = f"not compared: {type(err).__name__} {err}".rstrip()
            untrue = [got]
        outcome = Outcome.FAILED if untrue else Outcome.PASSED
        self._lines.append(Line(0, TRUTH, "truth", outcome, round(began_ms - self._zero_ms), 0, got))
        self._tell.line(self.scenario.name, self._lines[-1])
        return (journal, claims), untrue

    async def _journal(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        after = self._journal_seq
        while True:
            query = {"after_seq": after, "limit": _PAGE, "kind": list(KINDS)}
            page = (await self._desk.call("GET", "/api/v1/audit", params=query))["rows"]
            rows += page
            if len(page) < _PAGE:
                return rows
            after = page[-1]["seq"]

    async def _newest_journal(self) -> int:
        try:
            page = await self._desk.call("GET", "/api/v1/audit", params={"limit": 1, "newest_first": True})
        except (httpx2.HTTPError, Refused):
            return 0
        return int(page["rows"][0]["seq"]) if page["rows"] and not self.scenario.before else 0

    def _shown(self, end_ms: float) -> list[Shown]:
        made = []
        witness, zero = self.observer.witness, self._zero_ms
        for device in self.scenario.site.devices:
            rows = witness.between(device, zero, end_ms)
            cuts = [zero, *(c.at_ms for c in rows), end_ms]
            lamps = [witness.lamp(device, zero), *(c.lamp for c in rows)]
            made += [
                Shown(device, round(a - zero), round(b - zero), lamp)
                for a, b, lamp in zip(cuts[:-1], cuts[1:], lamps, strict=True)
            ]
        return made

    def _now_ms(self) -> float:
        return float(self._clock.wall_ms())

    def _note(self, item: Doing | Expecting, kind: str, outcome: Outcome, began_ms: float, got: str) -> None:
        took_ms = round(self._now_ms() - began_ms)
        at_ms = round(began_ms - self._zero_ms)
        if not got and kind == "step":
            got = said(took_ms)
        line = Line(item.line, item.said, kind, outcome, at_ms, took_ms, got)
        self._lines.append(line)
        self._tell.line(self.scenario.name, line)


KINDS = ("intent", "step", "verdict", "correction", "corrected", "clear", *HOLDING)
TRUTH = "every `verified` was true on the road"
