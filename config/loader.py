"""From a site file to a `Site`, or to everything that is wrong with it at once."""

import hashlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path as FilePath

from config.build import build
from config.checks import check
from config.draft import Reporter
from config.finding import Finding, Level, SiteError, dotted
from config.form import validate
from config.site import Site
from config.yaml_lines import MAX_BYTES, parse
from devices.models import ModbusModel, ModelError, MqttModel, load_models

__all__ = ["check_file", "check_text", "load_site", "sample_site_path"]


def sample_site_path() -> FilePath:
    """Return the packaged sample site, Sanduling."""
    return FilePath(str(resources.files("config") / "sites" / "sanduling.yaml"))


def load_site(path: str | FilePath) -> Site:
    """Return the site a file describes; warnings do not stop it.

    Raises:
        SiteError: with every error and warning of the file.
    """
    site, findings = check_file(path)
    if site is None:
        raise SiteError(findings)
    return site


def check_file(path: str | FilePath) -> tuple[Site | None, list[Finding]]:
    """Return the site, None where it has errors, and every finding in file order; a bad file never raises."""
    path = FilePath(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as err:
        why = err.strerror or str(err)
        return None, [Finding(str(path), 0, "", "", f"cannot be read: {why}", "check the path")]
    return check_text(raw, path.name)


def check_text(
    raw: bytes, file: str, models: Mapping[str, ModbusModel | MqttModel] | None = None
) -> tuple[Site | None, list[Finding]]:
    """Do the same for a file's bytes.

    Args:
        file: the name findings give.
        models: device models the site may use; the shipped ones where not given.
    """
    document, problems = parse(raw)
    findings = [Finding(file, p.line, dotted(p.path), p.value, p.problem, p.remedy) for p in problems]
    if document is None:
        return None, findings
    try:
        known = load_models() if models is None else models
    except ModelError as err:
        remedy = "mend the device model file"
        wrong = [Finding(line.partition(":")[0], 0, "", "", line, remedy) for line in str(err).splitlines()]
        return None, findings + wrong
    draft, wrong_form = validate(document, Reporter(file, document), known)
    findings += wrong_form
    if draft is not None:
        findings += check(draft)
    findings.sort(key=lambda finding: finding.line)
    if draft is None or any(finding.level is Level.ERROR for finding in findings):
        return None, findings
    return build(draft, hashlib.sha256(raw).hexdigest()), findings
