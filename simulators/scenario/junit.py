"""Runs as JUnit XML, for build servers: one test case a run, its failures with what was shown instead."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from simulators.scenario.result import Outcome, Run


def junit_xml(runs: Sequence[Run]) -> str:
    """Return the document."""
    root = Element("testsuites")
    suites: dict[str, Element] = {}
    for run in runs:
        suite = suites.get(run.family)
        if suite is None:
            suite = suites[run.family] = SubElement(root, "testsuite", name=f"onekey.{run.family}")
        name = run.name if not run.seed else f"{run.name}[seed {run.seed}]"
        case = SubElement(
            suite,
            "testcase",
            classname=run.family,
            name=name,
            file=run.file,
            time=f"{run.took_ms / 1000:.3f}",
        )
        if run.outcome is Outcome.NOT_RUN:
            SubElement(case, "error", message=_clean(run.why))
        elif not run.good:
            failure = SubElement(case, "failure", message=_clean(run.verdict_line()))
            failure.text = _clean("\n".join(f"line {x.line}: {x.said}\n    {x.got}" for x in run.failures))
    for suite in suites.values():
        cases = suite.findall("testcase")
        suite.set("tests", str(len(cases)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("errors", str(len(suite.findall("testcase/error"))))
        suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    """Return text without what XML 1.0 cannot hold."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
