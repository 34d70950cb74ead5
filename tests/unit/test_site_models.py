"""An integrator's own device models: found beside the site file, told with their line when wrong."""

from pathlib import Path

import pytest

from config.finding import SiteError
from config.loader import check_file, load_site
from devices.models import ModbusModel

GOOD = (Path(__file__).parent / "sites" / "good.yaml").read_text("utf-8")
ACME = """\
model: acme-light
title: Acme lane light
types: [head]
protocol: modbus
proof: lamp
command: {table: holding, count: 1}
feedback: {table: input, count: 1}
form:
  kind: code
  codes: {dark: 0, open: 16, closed: 17}
  code_mask: 0x00FF
"""


def a_site(folder: Path, model: str = ACME, name: str = "acme-light.yaml") -> Path:
    (folder / "models").mkdir()
    (folder / "models" / name).write_text(model, "utf-8")
    site = folder / "site.yaml"
    site.write_text(GOOD.replace("model: plc-lane-light", "model: acme-light"), "utf-8")
    return site


def said(site: Path) -> list[str]:
    found, findings = check_file(site)
    assert found is None
    return [str(finding) for finding in findings if finding.file != "site.yaml"]


def test_a_model_beside_the_site_file_is_used_like_a_shipped_one(tmp_path: Path) -> None:
    site = load_site(a_site(tmp_path))
    model = site.devices["H1"].model
    assert isinstance(model, ModbusModel)
    assert model.title == "Acme lane light"


def test_another_model_makes_another_digest(tmp_path: Path) -> None:
    path = a_site(tmp_path)
    before = load_site(path).digest
    (tmp_path / "models" / "acme-light.yaml").write_text(ACME.replace("17", "18"), "utf-8")
    assert load_site(path).digest != before


def test_a_site_without_a_models_folder_keeps_the_digest_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(GOOD, "utf-8")
    assert load_site(path).digest == load_site(Path(__file__).parent / "sites" / "good.yaml").digest


@pytest.mark.parametrize(
    ("change", "line"),
    [
        pytest.param(
            ("proof: lamp", "proof: lamps"),
            "models/acme-light.yaml:5: proof: lamps: Input should be 'lamp', 'state' or 'none'",
            id="no-such-proof",
        ),
        pytest.param(
            ("proof: lamp\n", ""), "models/acme-light.yaml:1: proof: (missing): needed", id="missing"
        ),
        pytest.param(
            ("  code_mask: 0x00FF", "  code_mask: 0x0001"),
            "models/acme-light.yaml:10: form.codes: {dark, open, closed}: closed, open: outside code_mask",
            id="code-too-large",
        ),
        pytest.param(
            ("kind: code", "kind: code\n  colour: red"),
            "models/acme-light.yaml:10: form.colour: red: no such key",
            id="unknown-key",
        ),
        pytest.param(
            ("model: acme-light", "model: plc-lane-light"),
            "models/acme-light.yaml:1: model: plc-lane-light: is a model of the product itself",
            id="a-shipped-name",
        ),
        pytest.param(
            ("model: acme-light", "model: other"),
            "models/acme-light.yaml:1: model: other: is not the file's name; name the file other.yaml",
            id="another-name",
        ),
        pytest.param(("title:", "model: x\ntitle:"), "models/acme-light.yaml:2: model", id="key-twice"),
    ],
)
def test_a_mistake_in_a_model_is_told_with_file_line_and_key(
    tmp_path: Path, change: tuple[str, str], line: str
) -> None:
    lines = said(a_site(tmp_path, ACME.replace(*change)))
    assert any(text.startswith(line) for text in lines), lines


def test_a_site_is_refused_for_a_wrong_model_it_does_not_use(tmp_path: Path) -> None:
    path = a_site(tmp_path)
    (tmp_path / "models" / "broken.yaml").write_text("- nothing\n", "utf-8")
    with pytest.raises(SiteError, match=r"models/broken\.yaml"):
        load_site(path)
