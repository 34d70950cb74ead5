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
from config.site_models import OwnModels, own_models
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
    return load_checked(path)[0]


def load_checked(path: str | FilePath) -> tuple[Site, list[Finding]]:
    """Return the site a file describes, and its warnings.

    Raises:
        SiteError: with every error and warning of the file.
    """
    site, findings = check_file(path)
    if site is None:
        raise SiteError(findings)
    return site, findings


def check_file(path: str | FilePath) -> tuple[Site | None, list[Finding]]:
    """Return the site, None where it has errors, and every finding in file order; a bad file never raises.

    Device models in a folder `models` beside the file may be used like the shipped ones.
    """
    path = FilePath(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as err:
        why = err.strerror or str(err)
        return None, [Finding(str(path), 0, "", "", f"cannot be read: {why}", "check the path")]
    try:
        shipped = load_models()
    except ModelError as err:
        remedy = "mend the device model file"
        lines = str(err).splitlines()
        return None, [Finding(line.partition(":")[0], 0, "", "", line, remedy) for line in lines]
    own = own_models(path, shipped)
    site, findings = check_text(raw, path.name, {**shipped, **own.models}, _digest(raw, own))
    wrong = any(finding.level is Level.ERROR for finding in own.findings)
    return None if wrong else site, [*own.findings, *findings]


def check_text(
    raw: bytes,
    file: str,
    models: Mapping[str, ModbusModel | MqttModel] | None = None,
    digest: str | None = None,
) -> tuple[Site | None, list[Finding]]:
    """Do the same for a file's bytes.

    Args:
        raw: the bytes.
        file: the name findings give.
        models: device models the site may use; the shipped ones where not given.
        digest: of everything the site is made from; that of the bytes where not given.
    """
    document, problems = parse(raw)
    findings = [Finding(file, p.line, dotted(p.path), p.value, p.problem, p.remedy) for p in problems]
    if document is None:
        return None, findings
    known = load_models() if models is None else models
    draft, wrong_form = validate(document, Reporter(file, document), known)
    findings += wrong_form
    if draft is not None:
        findings += check(draft)
    findings.sort(key=lambda finding: finding.line)
    if draft is None or any(finding.level is Level.ERROR for finding in findings):
        return None, findings
    return build(draft, digest or hashlib.sha256(raw).hexdigest()), findings


def _digest(raw: bytes, own: OwnModels) -> str:
    """Return the digest of a site: a device model that changed makes it another site (`plan outdated`)."""
    digest = hashlib.sha256(raw)
    for name, content in own.read.items():
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
