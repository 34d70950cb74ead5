"""The packaged sample: the size and mix the demonstration promises, placed so that its rules bite."""

from collections import Counter
from pathlib import Path

import pytest

from config.finding import Finding
from config.loader import check_file, load_site, sample_site_path
from config.schema import PolicyFile
from config.sign_fit import why_unfit
from config.site import LinkKind, ModbusAddress, Policy, SignShape, Site, SiteKind
from devices.values import Aspect, BeaconState, DeviceType, Message

ORIGIN_TEXT = "前方快车道事故,注意减速避让"


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(sample_site_path())


def test_it_has_no_findings_at_all() -> None:
    found, findings = check_file(sample_site_path())
    assert findings == []
    assert found is not None
    assert found.kind is SiteKind.SIMULATED
    assert "not surveyed" in found.note


def test_devices_by_type_and_wire(site: Site) -> None:
    assert Counter((d.carriageway, d.type.value) for d in site.devices.values()) == {
        ("FU", "head"): 32,
        ("FU", "sign"): 5,
        ("FU", "beacon"): 10,
        ("ZJ", "head"): 20,
        ("ZJ", "sign"): 6,
        ("ZJ", "beacon"): 8,
        ("FU", "portal"): 1,
        ("FU", "speaker"): 4,
        ("FU", "speed"): 4,
        ("ZJ", "portal"): 1,
        ("ZJ", "speaker"): 3,
        ("ZJ", "speed"): 3,
    }
    wires = Counter(site.links[d.link].kind for d in site.devices.values())
    assert wires == {LinkKind.MODBUS_TCP: 48, LinkKind.MQTT: 49}
    assert Counter(d.section for d in site.devices.values()) == {"fu": 56, "zj": 41}


def test_units_behind_each_connection(site: Site) -> None:
    units: dict[str, list[int]] = {}
    for device in site.devices.values():
        if isinstance(device.address, ModbusAddress):
            units.setdefault(device.link, []).append(device.address.unit)
    assert units.pop("FU-PLC-1") == [1] * 22
    assert all(len(set(on_one)) <= 3 for on_one in units.values())
    assert sum(len(on_one) == 1 for on_one in units.values()) == 5
    assert site.links["FU-GW-1"].serial
    bore = [d.address for d in site.devices.values() if d.link == "FU-PLC-1"]
    assert sorted(a.command for a in bore if isinstance(a, ModbusAddress)) == list(range(22))


def test_every_lane_of_every_gantry_has_a_head(site: Site) -> None:
    for gantry in site.gantries.values():
        assert site.heads(gantry.id).keys() == site.carriageways[gantry.carriageway].lane_numbers


def test_everything_stands_on_its_road_and_in_travel_order(site: Site) -> None:
    for carriageway in site.carriageways.values():
        for kind in DeviceType:
            along = [d for d in site.devices.values() if (d.carriageway, d.type) == (carriageway.id, kind)]
            assert [d.at_m for d in along] == sorted(d.at_m for d in along)
            assert all(0 < d.at_m < carriageway.length_m for d in along)
            assert tuple(along) == site.devices_along(carriageway.id, kind)


def test_distances_to_the_portal(site: Site) -> None:
    bore = site.tunnels["sanduling"].bore("FU")
    assert bore is not None
    assert 2_400 <= bore.exit_m - bore.entry_m <= 3_000
    before = {d.id: bore.entry_m - d.at_m for d in site.devices_along("FU", DeviceType.SIGN)}
    assert before == {
        "VMS-FU-15": 15_100,
        "VMS-FU-5": 5_600,
        "VMS-FU-2": 2_900,
        "VMS-FU-P": 30,
        "VMS-FU-T": -1_200,
    }
    approach = [bore.entry_m - g.at_m for g in site.gantries_along("FU") if g.at_m < bore.entry_m]
    assert approach == [2_480, 2_020, 1_560, 1_100, 640, 220]
    assert sum(site.bore_at("FU", g.at_m) == bore for g in site.gantries_along("FU")) == 10


def test_both_directions_are_known_by_their_spellings(site: Site) -> None:
    fu, zj = site.carriageways["FU"], site.carriageways["ZJ"]
    assert {"福向", "往福建方向", "福建方向", "Fujian-bound"} <= set(fu.aliases)
    assert {"浙向", "往浙江方向", "浙江方向", "Zhejiang-bound"} <= set(zj.aliases)
    assert not set(fu.aliases) & set(zj.aliases)
    assert "快车道" in fu.lanes[0].aliases
    assert "三都岭隧道" in site.tunnels["sanduling"].aliases


def test_chainages_of_the_bore_carry_the_prefix_of_their_line(site: Site) -> None:
    fu, zj = site.carriageways["FU"].chainage, site.carriageways["ZJ"].chainage
    ends = {b.carriageway: (b.entry_m, b.exit_m) for b in site.tunnels["sanduling"].bores}
    assert [str(fu.at(end_m)) for end_m in ends["FU"]] == ["YK1889+700", "YK1892+400"]
    assert [str(zj.at(end_m)) for end_m in ends["ZJ"]] == ["ZK1892+380", "ZK1889+720"]


def test_base_and_fallback_of_each_type(site: Site) -> None:
    for device in site.devices.values():
        match device.type:
            case DeviceType.HEAD:
                assert (device.base, device.fallback) == (Aspect.OPEN, None)
                assert device.aspects == frozenset(Aspect)
            case DeviceType.SIGN:
                assert (device.base, device.fallback) == (Message(), None)
            case DeviceType.BEACON:
                assert (device.base, device.fallback) == (BeaconState(), BeaconState())
                assert device.siren


def test_the_portal_sign_holds_the_origin_text(site: Site) -> None:
    portal, small = site.devices["VMS-FU-P"].shape, site.devices["VMS-FU-2"].shape
    assert portal is not None
    assert small is not None
    assert why_unfit(ORIGIN_TEXT, portal) is None
    assert why_unfit(ORIGIN_TEXT.replace(",", "\uff0c"), portal) is None
    assert why_unfit(ORIGIN_TEXT, small) is not None


@pytest.mark.parametrize(
    ("multi", "fits"),
    [
        pytest.param("", True, id="blank"),
        pytest.param("一二三四五六七八", True, id="two-full-rows"),
        pytest.param("一二三四五六七八九", False, id="one-too-many"),
        pytest.param("abcdefghijklmnop", True, id="half-width"),
        pytest.param("一[nl]二", True, id="two-lines"),
        pytest.param("一[nl]二[nl]三", False, id="three-lines"),
        pytest.param("一[nl]二[np]三[nl]四", True, id="two-pages"),
        pytest.param("一二三四[nl0]五六七八", True, id="no-line-spacing"),
        pytest.param("一二三四[nl3]五六七八", False, id="line-spacing-takes-pixels"),
        pytest.param("[fo2]一", False, id="unknown-tag"),
        pytest.param("一\u202e二", False, id="right-to-left-override"),
        pytest.param("[cf1][jl3]一二三四五六七八", True, id="tags-take-no-room"),
        pytest.param("[[一]]", True, id="literal-brackets"),
        pytest.param("一[二", False, id="stray-bracket"),
    ],
)
def test_what_a_sign_of_two_rows_of_four_holds(multi: str, fits: bool) -> None:
    assert (why_unfit(multi, SignShape(64, 32, 16)) is None) is fits


def test_the_policy_of_a_file_defaults_to_the_products() -> None:
    got = PolicyFile().model_dump(exclude={"messages"})
    assert Policy(**{**got, "sign_bands_m": tuple(got["sign_bands_m"])}) == Policy()


def test_a_changed_file_has_another_digest(site: Site, tmp_path: Path) -> None:
    other = tmp_path / "sanduling.yaml"
    other.write_bytes(sample_site_path().read_bytes() + b"# touched\n")
    assert load_site(other).digest != site.digest


def test_a_finding_reads_as_one_line() -> None:
    finding = Finding("sanduling.yaml", 120, "devices[3].lane", "5", "FU has no such lane", "it has 1, 2")
    assert str(finding) == "sanduling.yaml:120: devices[3].lane: 5: FU has no such lane; it has 1, 2"
