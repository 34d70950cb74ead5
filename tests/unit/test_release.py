"""In which order a plan is taken back (S6)."""

from hypothesis import given, settings

from config.loader import load_site, sample_site_path
from config.site import Site
from controller.incident import IncidentType, LaneImpact, Place, Plan, Report
from controller.incidents.release import release_phases
from controller.plan.planner import plan_incident
from controller.states.interlock import violations
from controller.states.stricter import strictness
from devices.values import Aspect, BeaconState
from tests.unit.small_road import closing, crash, road, texts
from tests.unit.test_rule_lane_closure import Layout, layouts

SITE = road(
    gantries=range(5_000, 12_001, 500),
    signs=(3_000, 9_900),
    beacons=(8_000, 9_500),
    bores=((10_000, 13_000),),
)


def test_the_order_of_a_release() -> None:
    plan = plan_incident(crash(10_700, tunnel="T1"), SITE)
    phases = release_phases(plan, SITE)
    assert [phase.name for phase in phases] == [
        "sirens",
        "lanes G10500",
        "lanes G10000",
        "lanes G9500",
        "warnings G9000",
        "warnings G8500",
        "signs and beacons",
    ]
    assert phases[0].released == ("B8000", "B9500")
    assert phases[0].wait_heads == ()
    assert phases[1].released == ("H10500-1",)
    assert phases[1].wait_heads == ("H10500-1", "H10500-2")  # the open lane beside it is part of the section
    assert phases[1].plan.lane_facts[0].to_m == 10_000
    assert phases[3].plan.lane_facts == ()
    beside = tuple(f"H{at}-2" for at in (9_000, 9_500, 10_000, 10_500))
    assert phases[-1].released == (*beside, "S3000", "S9900", "B8000", "B9500")
    assert phases[-1].plan == Plan((), (), plan.findings)


def test_lanes_of_one_cross_section_open_together() -> None:
    phases = release_phases(plan_incident(crash(10_700, lanes=(1, 2), tunnel="T1"), SITE), SITE)
    assert phases[1].released == ("H10500-1", "H10500-2")


def test_an_empty_plan_needs_no_release() -> None:
    assert release_phases(Plan((), ()), SITE) == ()


def holds(plan: Plan, site: Site) -> None:
    value = {d.device: d.value for d in plan.demands}
    device_heads = set(plan_heads(plan))
    kept = plan
    for phase in release_phases(plan, site):
        after = {d.device: d.value for d in phase.plan.demands}
        for device, before in value.items():
            now = after.get(device, site.devices[device].base)
            assert now is not None
            assert strictness(now) <= strictness(before)
        changed = [d for d in value if after.get(d) != value[d]]
        assert changed == list(phase.released)
        assert violations(site, after, phase.plan.lane_facts) == ()
        falling = [d for d in phase.released if d in device_heads and value[d] is not Aspect.CAUTION]
        gantries = {site.devices[d].gantry for d in falling}
        assert len(gantries) <= 1  # heads fall one cross-section at a time
        if any(v is Aspect.CLOSED for v in after.values()):
            # While a lane is closed every warning, sign and flash before it stands.
            assert warnings(kept) == warnings(phase.plan)
        value, kept = after, phase.plan
    assert value == {}


def plan_heads(plan: Plan) -> list[str]:
    return [d.device for d in plan.demands if isinstance(d.value, Aspect)]


def warnings(plan: Plan) -> set[str]:
    return {
        d.device
        for d in plan.demands
        if d.value is not Aspect.CLOSED and not (isinstance(d.value, BeaconState) and not d.value.flash)
    }


@settings(max_examples=200, deadline=None)
@given(layouts())
def test_every_phase_only_releases_and_leaves_something_lawful(layout: Layout) -> None:
    site, report = layout
    holds(plan_incident(report, site), site)


def test_the_release_of_the_origin_incident() -> None:
    site = load_site(sample_site_path())
    bore = site.tunnels["sanduling"].bore("FU")
    assert bore is not None
    place = Place("FU", bore.entry_m, bore.exit_m, False, "sanduling")
    plan = plan_incident(Report(place, {1: LaneImpact.BLOCKED}, IncidentType.REAR_END), site)
    holds(plan, site)
    names = [phase.name for phase in release_phases(plan, site)]
    assert names[1] == "lanes G-FU-16"
    assert names[-2] == "warnings G-FU-01"


def test_a_release_goes_on_from_any_phase() -> None:
    plan = plan_incident(crash(10_700, lanes=(1, 2), tunnel="T1"), SITE)
    phases = release_phases(plan, SITE)
    for number, phase in enumerate(phases, start=1):
        assert release_phases(phase.plan, SITE) == phases[number:]


def test_signs_and_flashes_stay_until_all_heads_are_released() -> None:
    plan = plan_incident(crash(10_700, tunnel="T1"), SITE)
    for phase in release_phases(plan, SITE)[:-1]:
        assert texts(phase.plan) == texts(plan)
    assert not closing(release_phases(plan, SITE)[-2].plan)
