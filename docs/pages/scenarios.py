"""The reference page of scenario files, from the tables the runner itself reads by."""

from devices.values import DeviceType
from docs.pages.markdown import code, fence, one_line, table
from simulators.scenario.acts import Verb
from simulators.scenario.breakages import DEVICE_FAULTS, LINK_FAULTS
from simulators.scenario.collect import shipped_files
from simulators.scenario.devices import NARROWERS
from simulators.scenario.judge import GRACE_MS
from simulators.scenario.script import TIMES, read_scenario
from simulators.scenario.sentences import FORMS
from simulators.scenario.shape import ScenarioFile
from simulators.scenario.values import FORMS as VALUE_FORMS
from simulators.scenario.verbs import VERBS

_ASKED = {"road": "the lamps", "report": "the controller"}
_WHO = {
    "person": "What a person does at the controller",
    "road": "What happens on the road",
    "process": "What happens to processes",
    "time": "Time",
}


def page() -> str:
    """Return the page."""
    return "\n".join([_head(), _keys(), _times(), _sentences(), _devices(), _steps(), _faults(), _shipped()])


def _head() -> str:
    return (
        "# Scenario files\n\n"
        "One YAML file, one scenario: steps and expectations in order. `onekey scenario check FILE` names "
        "every mistake with its line. What the road saw is judged from the lamp history of the simulated "
        "devices, which has its own time stamps; the controller's word is only ever compared with it.\n\n"
        + fence(
            "scenario: first\n"
            "steps:\n"
            "  - report: 紧急:福向三都岭隧道内快车道追尾,启动预警\n"
            "  - within 3s: heads FU-*-1 in sanduling show closed\n"
            "  - by 5s: verdict met\n"
            "  - clear\n"
            "  - within 10s: devices show base",
            "yaml",
        )
        + "\nWhatever a scenario asks, every run ends with one more line: each `verified` in the "
        "controller's journal is compared with what the lamps showed at that instant.\n"
    )


def _keys() -> str:
    rows = [
        (code(name), "needed" if field.is_required() else "", one_line(field.description))
        for name, field in ScenarioFile.model_fields.items()
    ]
    return "## Keys\n\n" + table(("key", "", "meaning"), rows)


def _times() -> str:
    return (
        "## When\n\nAn expectation is `- WHEN: SENTENCE`. A span is `500ms`, `3s` or `2min`.\n\n"
        + table(("when", "meaning"), [(code(form), meaning) for form, meaning in TIMES.values()])
        + f"\nLamps are judged to the millisecond. What a controller reports has no such time, so "
        f"{GRACE_MS:.0f} ms are granted on top.\n"
    )


def _sentences() -> str:
    rows = [
        (
            code(form.said),
            _ASKED[form.of],
            form.meaning,
            code(form.example),
        )
        for form in FORMS
    ]
    return "## Sentences\n\nCapitals stand for something; brackets for what may be left out.\n\n" + table(
        ("sentence", "asks", "meaning", "example"), rows
    )


def _devices() -> str:
    nouns = ", ".join(code(f"{kind.value}s") for kind in DeviceType)
    return (
        "## Devices\n\n"
        f"DEVICES begins with {nouns} or `devices`. A pattern may follow: `*` is any text, `?` one "
        "character, `[1-3]` one of these, commas between several. It meets the whole id or its end "
        "after a hyphen: `FU-*-1` is every head over lane 1 of FU. Then any of these:\n\n"
        + table(("form", "meaning"), [(code(form), meaning) for form, meaning in NARROWERS])
        + "\n## Values\n\n"
        + table(("value", "meaning"), [(code(form), meaning) for form, meaning in VALUE_FORMS])
    )


def _steps() -> str:
    parts = ["## Steps\n\nA step is `- WORD: …`, or `- WORD` where nothing follows. "]
    parts.append("The steps of persons that are about an incident take its name: `clear A`.\n")
    for who, title in _WHO.items():
        rows = [_step(verb) for verb in VERBS.values() if verb.who == who]
        parts.append(f"\n### {title}\n\n" + table(("step", "what follows", "meaning", "example"), rows))
    return "".join(parts)


def _step(verb: Verb) -> tuple[str, str, str, str]:
    word = f"{verb.word} [NAME]" if verb.named else verb.word
    return code(word), code(verb.follows), verb.meaning, code(verb.example)


def _faults() -> str:
    devices = [
        (code(word + (" …" if callable(row[1]) else "")), row[2]) for word, row in DEVICE_FAULTS.items()
    ]
    devices.append((code("wrong VALUE"), "the lamps show this, whatever is commanded"))
    links = [(code(word + (" …" if callable(row[1]) else "")), row[2]) for word, row in LINK_FAULTS.items()]
    return (
        "## Faults\n\nOf devices, behind `fault: DEVICES`, commas between several:\n\n"
        + table(("fault", "meaning"), devices)
        + "\nOf connections, behind `link: LINK`:\n\n"
        + table(("fault", "meaning"), links)
    )


def _shipped() -> str:
    rows = []
    for file in shipped_files():
        scenario, _ = read_scenario(file)
        assert scenario is not None
        mark = " (long)" if scenario.long else ""
        rows.append((code(scenario.family), code(scenario.name) + mark, scenario.about["en"]))
    return "## Shipped scenarios\n\n" + table(("family", "scenario", "about"), rows)
