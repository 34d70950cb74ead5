"""Device models of an integrator's own: the YAML files in the folder `models` beside the site file.

They are read with the site file's strictness, so that a mistake in one is told with its line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from config.finding import Finding, dotted, shown_value
from config.yaml_lines import MAX_BYTES, Document, parse
from devices.models import ModbusModel, Model, MqttModel

FOLDER = "models"
MAX_FILES = 200
SEE = "see the reference page Device models"

_ADAPTER: TypeAdapter[ModbusModel | MqttModel] = TypeAdapter(Model)


@dataclass(frozen=True, slots=True)
class OwnModels:
    """What a models folder holds.

    Attributes:
        models: by name; those with mistakes are left out.
        findings: every mistake, in the order of file names and lines.
        read: file name → its bytes, for the digest of the site.
    """

    models: Mapping[str, ModbusModel | MqttModel] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    read: Mapping[str, bytes] = field(default_factory=dict)


def own_models(site_file: Path, shipped: Mapping[str, object]) -> OwnModels:
    """Return the models beside a site file; none where there is no such folder. Never raises for bad files.

    Args:
        site_file: the site file, whose folder may have a folder `models`.
        shipped: the product's models, whose names are taken.
    """
    folder = site_file.parent / FOLDER
    if not folder.is_dir():
        return OwnModels()
    files = sorted(folder.glob("*.yaml"))
    findings: list[Finding] = []
    if len(files) > MAX_FILES:
        problem = f"holds {len(files)} files, more than {MAX_FILES}"
        findings.append(Finding(FOLDER, 0, "", "", problem, "keep only the models this site uses"))
        return OwnModels({}, tuple(findings))
    models: dict[str, ModbusModel | MqttModel] = {}
    read: dict[str, bytes] = {}
    for file in files:
        name = f"{FOLDER}/{file.name}"
        try:
            with file.open("rb") as stream:
                read[name] = stream.read(MAX_BYTES + 1)
        except OSError as err:
            why = err.strerror or str(err)
            findings.append(Finding(name, 0, "", "", f"cannot be read: {why}", "check its rights"))
            continue
        model, wrong = _model(name, file.stem, read[name], shipped)
        findings += wrong
        if model is not None:
            models[model.model] = model
    return OwnModels(models, tuple(findings), read)


def _model(
    file: str, stem: str, raw: bytes, shipped: Mapping[str, object]
) -> tuple[ModbusModel | MqttModel | None, list[Finding]]:
    document, problems = parse(raw)
    findings = [Finding(file, p.line, dotted(p.path), p.value, p.problem, p.remedy) for p in problems]
    if document is None:
        return None, findings
    try:
        model = _ADAPTER.validate_python(document.data)
    except ValidationError as err:
        findings += sorted(_mistakes(file, document, err), key=lambda finding: finding.line)
        return None, findings
    line = document.line(("model",))
    if model.model != stem:
        remedy = f"name the file {model.model}.yaml, or write model: {stem}"
        findings.append(Finding(file, line, "model", model.model, "is not the file's name", remedy))
    if model.model in shipped:
        problem, remedy = "is a model of the product itself", "give yours another name, e.g. with the maker's"
        findings.append(Finding(file, line, "model", model.model, problem, remedy))
    return (None if findings else model), findings


def _mistakes(file: str, document: Document, error: ValidationError) -> Iterator[Finding]:
    for one in error.errors():
        path, text = _path(document, one["loc"]), one["msg"].removeprefix("Value error, ")
        key, _, rest = text.partition(": ")
        if one["type"] == "value_error" and document.holds(inner := (*path, *key.split("."))):
            path, text = inner, rest  # a check over several keys names the one it means
        value, remedy = shown_value(document.get(path)) if path else "", SEE
        match one["type"]:
            case "missing":
                path, value, text, remedy = (*path, one["loc"][-1]), "(missing)", "needed", "add it"
            case "extra_forbidden":
                text = "no such key"
        yield Finding(file, document.line(path), dotted(path), value, text, remedy)


def _path(document: Document, location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return an error's place in the file: without the names of the forms pydantic chose among."""
    path: tuple[int | str, ...] = ()
    for part in location:
        if document.holds((*path, part)):
            path = (*path, part)
    return path
