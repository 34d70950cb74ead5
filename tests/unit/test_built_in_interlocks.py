"""The interlocks a site has without anybody writing them (S9)."""

from dataclasses import replace

from config.built_in_interlocks import built_in
from config.loader import load_site, sample_site_path
from config.site import Device, Site
from controller.incident import Demand, Plan
from controller.plan.planner import plan_incident
from controller.states.arbitration import desired_states
from devices.values import Aspect, DeviceType, PortalAspect
from tests.unit.small_road import NO_ARROWS, TWO_COLOURS, crash, incident, road

ALL_LIGHTS = frozenset(PortalAspect)


def with_portal(site: Site, *, lights: frozenset[PortalAspect] = ALL_LIGHTS) -> Site:
    """Return the site with a portal signal `P` before its first tunnel, and what follows from that."""
    sign = next(d for d in site.devices.values() if d.type is DeviceType.SIGN)
    entry_m = site.tunnels["T1"].bores[0].entry_m
    portal: Device = replace(
        sign,
        id="P",
        type=DeviceType.PORTAL,
        at_m=entry_m - 30,
        base=PortalAspect.GREEN,
        shape=None,
        tunnel="T1",
        lights=lights,
    )
    site = replace(site, devices={**site.devices, "P": portal})
    return replace(site, interlocks=built_in(site))


BORE = road(gantries=(8_500, 9_100, 9_600), signs=(8_000,), bores=((9_000, 11_000),))


def test_heads_of_neighbouring_lanes_never_point_at_each_other() -> None:
    site = road(lanes=3, gantries=(9_000,))
    assert {i.id: {d: set(w) for d, w in i.never.items()} for i in built_in(site).values()} == {
        "site:arrows-G9000-1-2": {"H9000-1": {"merge_right"}, "H9000-2": {"merge_left"}},
        "site:arrows-G9000-2-3": {"H9000-2": {"merge_right"}, "H9000-3": {"merge_left"}},
    }
    assert all(i.built_in and i.settle_ms == 2_000 for i in built_in(site).values())


def test_lanes_lie_side_by_side_by_their_column_not_by_their_number() -> None:
    site = road(lanes=3, gantries=(9_000,), columns={1: 2, 2: 1, 3: 3})
    assert list(built_in(site)) == ["site:arrows-G9000-2-1", "site:arrows-G9000-1-3"]


def test_heads_without_arrows_and_lanes_without_heads_have_none() -> None:
    able = {"H9000-1": NO_ARROWS, "H9500-1": TWO_COLOURS}
    assert built_in(road(gantries=(9_000, 9_500), aspects=able)) == {}
    assert built_in(road(lanes=3, gantries=(9_000,), without=("H9000-2",))) == {}


def test_arrows_that_nothing_could_replace_are_left_to_the_laws() -> None:
    arrows = frozenset({Aspect.OPEN, Aspect.MERGE_LEFT, Aspect.MERGE_RIGHT})
    site = road(gantries=(9_000,), aspects={"H9000-1": arrows, "H9000-2": arrows})
    assert built_in(site) == {}


def test_a_portal_signal_is_red_while_the_first_gantry_behind_it_is_closed() -> None:
    site = with_portal(BORE)
    assert "site:portal-P" in site.interlocks
    never = site.interlocks["site:portal-P"].never
    assert never == {"P": {"dark", "green", "yellow"}, "H9100-1": {"closed"}, "H9100-2": {"closed"}}
    demands = [Demand(head, Aspect.CLOSED, "x", "x") for head in ("H9100-1", "H9100-2")]
    one, both = (incident("I-1", Plan(tuple(demands[:n]), ())) for n in (1, 2))
    assert "P" not in desired_states(site, [one], now_ms=0)
    state = desired_states(site, [both], now_ms=0)["P"]
    assert (state.value, state.raised_by) == (PortalAspect.RED, "interlock site:portal-P")


def test_a_portal_signal_without_red_or_a_gantry_without_crosses_has_none() -> None:
    assert "site:portal-P" not in with_portal(BORE, lights=ALL_LIGHTS - {PortalAspect.RED}).interlocks
    dull = road(gantries=(9_100,), signs=(8_000,), bores=((9_000, 11_000),), aspects={"H9100-1": NO_CROSS})
    assert "site:portal-P" not in with_portal(dull).interlocks


NO_CROSS = frozenset(Aspect) - {Aspect.CLOSED}


def test_the_plan_of_a_blocked_bore_has_its_portal_red() -> None:
    plan = plan_incident(crash(9_700, lanes=(1, 2), tunnel="T1"), with_portal(BORE))
    assert {d.device: d.value for d in plan.demands}["P"] is PortalAspect.RED


def test_every_gantry_of_the_sample_site_has_one() -> None:
    site = load_site(sample_site_path())
    arrows = [one for one in site.interlocks if one.startswith("site:arrows-")]
    assert len(arrows) == len(site.gantries)


def test_a_gantry_that_leaves_a_lane_without_a_head_does_not_close_the_bore() -> None:
    """A cross over lane 1 says nothing of lane 2, which has no head there."""
    bare = road(gantries=(9_100, 9_600), signs=(8_000,), bores=((9_000, 11_000),), without=("H9100-2",))
    assert "site:portal-P" not in with_portal(bare).interlocks
