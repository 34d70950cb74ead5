"""From a scenario file to a script of steps and expectations, or to every mistake with its line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, TypeAlias

from pydantic import ValidationError

from config.draft import Reporter
from config.finding import Finding, Level, Path, dotted
from config.loader import check_file, sample_site_path
from config.site import Site
from config.wrong_form import wrong_form
from config.yaml_lines import MAX_BYTES, Document, parse
from simulators.scenario.acts import Act
from simulators.scenario.durations import span_ms
from simulators.scenario.reports import RefusedWith
from simulators.scenario.road import Count
from simulators.scenario.sentences import Claim, read_sentence
from simulators.scenario.shape import Both, ScenarioFile
from simulators.scenario.verbs import find_verb, read_step

TIMES: Mapping[str, tuple[str, str]] = {
    "now": ("now", "It is so at this instant."),
    "within": (
        "within SPAN",
        "It comes to be so at the latest that long after the step before; the run goes on as soon as it is.",
    ),
    "by": (
        "by SPAN",
        "The same, counted from the last key: report, press, correct, clear, hold, cancel, reactivate.",
    ),
    "for": ("for SPAN", "It is so all that time from now on; the run goes on behind it."),
    "always": ("always", "It is so from here to the end. The run goes on at once."),
    "never": (
        "never",
        (
            "It is not so at any instant from here to the end; of several devices, none does. "
            "The run goes on at once."
        ),
    ),
    "until": (
        "until STEP",
        "It is so from here until the next step with this word. The run goes on at once.",
    ),
}
"""First words of an expectation: form and meaning; the reference page is written from it."""
_EMPTY = "the file is empty"
_BEGIN = "begin with `scenario: NAME` and `steps:`; `onekey scenario new NAME` writes one"
_GIVEN = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Doing:
    """A step. `may_be_refused`: the expectation behind it asks for the refusal."""

    line: int
    said: str
    act: Act
    may_be_refused: bool = False


@dataclass(frozen=True, slots=True)
class Expecting:
    """An expectation. `time` is a key of `TIMES`; `until` the word of the step that ends it."""

    line: int
    said: str
    time: str
    claim: Claim
    span_ms: int = 0
    until: str = ""


Item: TypeAlias = Doing | Expecting


@dataclass(frozen=True)
class Scenario:
    """A file that may be run.

    Attributes:
        given: name → value it was read with.
        site_path: the site file it runs on.
    """

    name: str
    about: Mapping[str, str]
    family: str
    long: bool
    file: str
    given: Mapping[str, str]
    before: tuple[Doing, ...]
    items: tuple[Item, ...]
    site: Site
    site_path: FilePath

    @property
    def needs_processes(self) -> bool:
        """Whether it ends or starts controller or broker, so that it wants a rig of its own."""
        doings = [*self.before, *(item for item in self.items if isinstance(item, Doing))]
        return bool(self.before) or any(item.act.verb in ("controller", "broker") for item in doings)


def read_scenario(
    path: str | FilePath,
    *,
    site_path: FilePath | None = None,
    given: Mapping[str, str] | None = None,
    sites: dict[FilePath, Site] | None = None,
    on_this_site: bool = False,
) -> tuple[Scenario | None, list[Finding]]:
    """Return the scenario of a file, None where it has mistakes, and every finding; a bad file never raises.

    Args:
        site_path: used where the file names no site; the packaged sample by default.
        given: values for names of `given`, over those of the file.
        sites: sites already loaded, by path; loaded ones are added.
        on_this_site: `site_path` counts though the file names another site: a drill runs on a copy.
    """
    path = FilePath(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as err:
        return None, [Finding(str(path), 0, "", "", f"cannot be read: {err.strerror}", "check the path")]
    document, problems = parse(raw)
    findings = [
        Finding(path.name, p.line, dotted(p.path), p.value, p.problem, p.remedy)
        for p in problems
        if p.problem != _EMPTY
    ]
    if len(findings) < len(problems):
        findings.append(Finding(path.name, 1, "", "", _EMPTY, _BEGIN))
    if document is None:
        return None, findings
    report = Reporter(path.name, document)
    try:
        file = ScenarioFile.model_validate(document.data)
    except ValidationError as err:
        return None, findings + wrong_form(err, document, report, ScenarioFile)
    named = None if on_this_site else file.site
    where, site, wrong = _site(named, path, site_path, report, {} if sites is None else sites)
    findings += wrong
    if site is None:
        return None, findings
    reader = _Reader(document, report, site, file, given or {})
    before, items = reader.read()
    findings += reader.findings
    if any(finding.level is Level.ERROR for finding in findings):
        return None, sorted(findings, key=lambda finding: finding.line)
    about = file.about
    words = {"zh": about.zh, "en": about.en} if isinstance(about, Both) else {"zh": about, "en": about}
    return (
        Scenario(
            file.scenario, words, file.family, file.long, str(path), reader.given, before, items, site, where
        ),
        findings,
    )


def _site(
    named: str | None, path: FilePath, given: FilePath | None, report: Reporter, sites: dict[FilePath, Site]
) -> tuple[FilePath, Site | None, list[Finding]]:
    if named is None:
        where = given or sample_site_path()
    else:
        where = sample_site_path() if named == sample_site_path().stem else path.parent / named
    where = where.resolve()
    if where not in sites:
        site, wrong = check_file(where)
        if site is None:
            first = next(finding for finding in wrong if finding.level is Level.ERROR)
            found = report(("site",), f"the site cannot be used: {first}", f"onekey config check {where}")
            return where, None, [found]
        sites[where] = site
    return where, sites[where], []


class _Reader:
    """Reads the items of one file; every mistake becomes a finding."""

    def __init__(
        self, document: Document, report: Reporter, site: Site, file: ScenarioFile, given: Mapping[str, str]
    ) -> None:
        self.findings: list[Finding] = []
        self._document = document
        self._report = report
        self._site = site
        self._file = file
        self.given = {name: str(value) for name, value in file.given.items()}
        for name, value in given.items():
            if name not in self.given:
                there = ", ".join(self.given) or "none"
                self.findings.append(report(("given",), f"no name {name!r} to vary", f"names are {there}"))
            self.given[name] = value

    def read(self) -> tuple[tuple[Doing, ...], tuple[Item, ...]]:
        """Return the steps of `before` and the items of `steps`."""
        before = []
        for number, raw in enumerate(self._file.before):
            item = self._item(("before", number), raw)
            if isinstance(item, Expecting):
                self._wrong(
                    ("before", number), "an expectation", "only steps stand here; expectations go under steps"
                )
            elif item is not None:
                before.append(item)
        items = [self._item(("steps", number), raw) for number, raw in enumerate(self._file.steps)]
        self._check_untils(items)
        self._check_names(items)
        return tuple(before), _refusable([item for item in items if item is not None])

    def _wrong(self, path: Path, problem: str, remedy: str = "") -> None:
        self.findings.append(self._report(path, problem, remedy))

    def _item(self, path: Path, raw: Any) -> Item | None:
        if isinstance(raw, dict) and len(raw) != 1:
            self._wrong(path, f"{len(raw)} keys in one item", "one `- word: …` a line")
            return None
        word, value = (raw, None) if isinstance(raw, str) else next(iter(raw.items()))
        place = path if isinstance(raw, str) else (*path, word)
        try:
            word, value = self._filled(word), self._filled(value)
            first = word.split()[0] if word.split() else ""
            if first in TIMES:
                return self._expecting(place, word, value)
            act = read_step(word, value, self._site)
        except ValueError as err:
            self._wrong(place, str(err))
            return None
        said = word if value is None else f"{word}: {_short(value)}"
        return Doing(self._document.line(place), said, act)

    def _expecting(self, place: Path, word: str, value: Any) -> Expecting:
        time, _, rest = word.partition(" ")
        if not isinstance(value, str):
            raise ValueError(f"a sentence is needed behind `{word}:`")
        span, until = 0, ""
        if time in ("within", "by", "for"):
            span = span_ms(rest)
        elif time == "until":
            until = find_verb(rest)[0].word
        elif rest:
            raise ValueError(f"{rest!r} is too much behind {time}")
        count = Count.SOME if time == "never" else Count.ALL
        claim = read_sentence(value, self._site, count=count)
        return Expecting(self._document.line(place), f"{word}: {value}", time, claim, span, until)

    def _filled(self, value: Any) -> Any:
        """Return a value with every `{name}` in its texts replaced."""
        match value:
            case str():
                if missing := [n for n in _GIVEN.findall(value) if n not in self.given]:
                    there = ", ".join(self.given) or "none"
                    raise ValueError(f"{{{missing[0]}}} stands for nothing; names under `given` are {there}")
                return _GIVEN.sub(lambda m: self.given[m[1]], value)
            case dict():
                return {self._filled(key): self._filled(inner) for key, inner in value.items()}
            case list():
                return [self._filled(inner) for inner in value]
        return value

    def _check_untils(self, items: list[Item | None]) -> None:
        for number, item in enumerate(items):
            if not isinstance(item, Expecting) or not item.until:
                continue
            later = [i.act.verb for i in items[number + 1 :] if isinstance(i, Doing)]
            if item.until not in later:
                remedy = "until names the word of a step further down"
                self._wrong(("steps", number), f"no step `{item.until}` follows", remedy)

    def _check_names(self, items: list[Item | None]) -> None:
        """Find orders about an incident that no step before them has named."""
        named = {""}
        for number, item in enumerate(items):
            if not isinstance(item, Doing):
                continue
            if item.act.verb in ("report", "prepare"):
                named.add(item.act.name)
            elif item.act.name not in named:
                remedy = f"`report {item.act.name}: …` before it names one"
                self._wrong(("steps", number), f"no incident {item.act.name} yet", remedy)


def _refusable(items: list[Item]) -> tuple[Item, ...]:
    """Mark the steps whose refusal is what the expectations right behind them ask for."""
    done: list[Item] = []
    for number, item in enumerate(items):
        asked = False
        for later in items[number + 1 :]:
            if isinstance(later, Doing):
                break
            asked |= isinstance(later.claim, RefusedWith)
        marked = isinstance(item, Doing) and asked
        done.append(
            Doing(item.line, item.said, item.act, True) if isinstance(item, Doing) and marked else item
        )
    return tuple(done)


def _short(value: Any) -> str:
    text = (
        value
        if isinstance(value, str)
        else ", ".join(f"{k}: {v}" for k, v in value.items())
        if isinstance(value, dict)
        else str(value)
    )
    return text if len(text) <= 100 else text[:97] + "..."
