"""A site as it is drilled on: a simulated copy of its file with DRILL in its name and note."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from config.loader import check_file
from config.yaml_lines import parse

MARK = {"zh": "演练", "en": "DRILL"}


class NoDrill(ValueError):
    """The site file cannot be drilled on; the text says why."""


def drill_copy(site: Path, folder: Path) -> Path:
    """Write the copy, with the device models of the site's own beside it, and return its path.

    Raises:
        NoDrill: the file cannot be used as it is.
    """
    found, findings = check_file(site)
    if found is None:
        raise NoDrill("\n".join(str(finding) for finding in findings) or f"{site} cannot be used")
    document, _ = parse(site.read_bytes())
    assert document is not None
    copy = folder / site.name
    copy.write_text(yaml.safe_dump(marked(document.data), allow_unicode=True, sort_keys=False), "utf-8")
    models = site.parent / "models"
    if models.is_dir():
        shutil.copytree(models, folder / "models", dirs_exist_ok=True)
    return copy


def marked(data: dict[str, Any]) -> dict[str, Any]:
    """Return a site file's data as a drill's: simulated, flagged, and DRILL wherever its name stands."""
    name = {key: f"{MARK[key]} · {data['name'][key]}" for key in MARK}
    note = f"DRILL of site {data['site']}; {data.get('note', 'simulated devices')}"
    return {**data, "kind": "simulated", "drill": True, "name": name, "note": note}
