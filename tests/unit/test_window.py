"""The budget window: steps in, one verdict out (T2)."""

from controller.incident import StepState as S
from controller.incidents.window import Window


def window(*devices, **more):
    return Window("I-20260101-0001", 1, devices or ("A", "B"), key_s=100.0, budget_ms=5000, **more)


def test_met_when_every_device_is_verified_inside_the_budget():
    w = window()
    w.enter("A", S.SENT, "", 100.001)
    w.enter("A", S.VERIFIED, "", 100.020)
    assert not w.all_proved.is_set()
    w.enter("B", S.VERIFIED, "", 100.038)
    assert w.all_proved.is_set()
    verdict = w.decide()
    assert verdict.met
    assert (verdict.verified, verdict.total, verdict.last_ms) == (2, 2, 38)


def test_missed_names_every_device_and_why():
    w = window("A", "B", "C")
    w.enter("A", S.VERIFIED, "", 100.1)
    w.enter("B", S.UNREACHABLE, "no route", 100.2)
    verdict = w.decide()
    assert verdict.outcome == "missed"
    assert verdict.failed == {"B": "no route", "C": "not sent yet"}


def test_a_proof_after_the_budget_does_not_meet_it():
    w = window("A")
    w.enter("A", S.VERIFIED, "", 105.2)
    assert w.decide().outcome == "missed"


def test_an_acknowledgement_is_proof_only_of_a_model_that_can_give_no_better():
    w = window("A", "B", weak=["B"])
    w.enter("A", S.ACKED, "", 100.1)
    w.enter("B", S.ACKED, "", 100.1)
    verdict = w.decide()
    assert verdict.failed == {"A": "acknowledged, not shown yet"}
    assert (verdict.verified, verdict.acked_only) == (0, 1)


def test_a_plan_that_warns_nobody_is_never_met():
    assert window("A", covered=False).decide().outcome == "no coverage"
    w = window("A", covered=False)
    w.enter("A", S.VERIFIED, "", 100.1)
    assert w.decide().outcome == "no coverage"


def test_a_restart_inside_the_window_is_missed_unless_all_were_proved():
    w = window("A", restarted=True)
    assert w.decide().outcome == "missed (restart)"
    w.enter("A", S.VERIFIED, "", 100.1)
    assert w.decide().met


def test_outranked_devices_are_not_counted():
    w = window()
    w.enter("A", S.VERIFIED, "", 100.1)
    w.enter("B", S.OUTRANKED, "held by lock", 100.1)
    verdict = w.decide()
    assert verdict.met
    assert verdict.total == 1


def test_a_superseded_window_is_not_called_met():
    w = window()
    w.enter("A", S.VERIFIED, "", 100.1)
    w.supersede()
    assert w.decide().outcome == "superseded"


def test_loss_after_proof_is_seen_and_its_time_of_proof_kept():
    w = window("A")
    w.enter("A", S.VERIFIED, "", 100.1)
    w.enter("A", S.UNREACHABLE, "gone", 160.0)
    assert w.not_proved() == {"A": "gone"}
    assert w.steps["A"].times[S.VERIFIED] == 100
    w.enter("A", S.VERIFIED, "", 170.0)
    assert w.steps["A"].times[S.VERIFIED] == 100


def test_a_redrive_of_a_proved_device_is_no_step_of_the_press():
    w = window("A")
    w.enter("A", S.VERIFIED, "", 100.1)
    assert w.enter("A", S.SENT, "", 101.0) is None
    assert w.all_proved.is_set()
