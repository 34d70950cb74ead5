"""Rows 53 to 70: callers, people, the site file."""

from collections.abc import Mapping

from tests.faults.row import PRESS, PROBLEMS, RECEIVED, SECURITY, SSE, YAML, Fault, of

OF_PEOPLE: Mapping[int, Fault] = {
    53: Fault(
        "the same key and body twice",
        "the same incident",
        of(PRESS, "test_the_same_key_is_the_same_incident"),
    ),
    54: Fault(
        "the same key, another body",
        "422; in flight 409",
        of(
            PRESS,
            "test_another_body_under_the_same_key_is_refused",
            "test_a_repeat_while_the_first_is_being_answered_is_told_to_wait",
        ),
    ),
    55: Fault(
        "a thousand incidents at once",
        "all stored, the most restrictive wins, no starvation",
        of("unit/test_arbitration.py", "test_the_order_of_sources_does_not_matter"),
        "arbitration over many sources is a property test; no load test presses a thousand times yet",
    ),
    56: Fault(
        "contradicting incidents; one of two is closed",
        "what the other wants stays",
        of("unit/test_arbitration.py", "test_clearing_one_leaves_what_the_others_derive"),
    ),
    57: Fault(
        "malformed body, wrong content type",
        "4xx, no stack trace",
        of(PROBLEMS, "test_what_is_no_json_is_400", "test_another_content_type_is_415"),
    ),
    58: Fault(
        "huge body", "413 before it is parsed", of(PROBLEMS, "test_a_long_body_is_413_declared_or_not")
    ),
    59: Fault(
        "slow headers, body, idle",
        "cut in time",
        of(RECEIVED, "test_a_body_that_does_not_come_is_given_up"),
        "bodies; slow headers and idle sockets: " + SECURITY,
    ),
    60: Fault(
        "no or wrong credential",
        "401 for every route",
        of("unit/test_api_auth.py", "test_no_call_but_a_get_works_without_the_token"),
        "roles: " + SECURITY,
    ),
    61: Fault(
        "request forged by another page",
        "refused",
        of("unit/test_api_session.py", "test_a_foreign_page_can_neither_order_nor_log_in"),
    ),
    62: Fault(
        "script in a text",
        "shown as text; inline blocked",
        of("unit/test_api_pages.py", "test_pages_allow_no_inline_and_no_foreign_source"),
    ),
    63: Fault(
        "control characters, tags, length in a sign's text",
        "allowed characters only, measured",
        of("unit/test_api_devices.py", "test_a_lock_must_be_something_the_device_can_show"),
        "offensive words: " + SECURITY,
    ),
    64: Fault("path in a scenario's name", "refused", (), SECURITY),
    65: Fault(
        "YAML bomb, depth, duplicate keys, `no`",
        "refused with file and line",
        of(YAML, "test_a_bomb_of_aliases_is_refused_without_growing", "test_text_that_is_refused_whole"),
    ),
    66: Fault("SQL or formula injection", "parameters only", (), SECURITY),
    67: Fault(
        "stolen or expired session, guessing",
        "ended, slowed down",
        of("unit/test_api_session.py", "test_a_session_ends_by_itself", "test_a_wrong_token_opens_nothing"),
    ),
    68: Fault(
        "flood of streams",
        "capped, the slow ones start anew",
        of(
            SSE,
            "test_no_more_streams_than_the_limit_though_all_come_at_once",
            "test_a_client_that_does_not_read_is_given_a_new_snapshot_and_no_queue",
        ),
    ),
    69: Fault(
        "site with mistakes",
        "not loaded; all of them with lines",
        of(
            "unit/test_site_faults.py",
            "test_five_mistakes_come_in_one_error_with_file_line_key_value_and_remedy",
        ),
    ),
    70: Fault(
        "site changed in the middle of an incident",
        "refused while an open incident wants a device that is gone; else told as outdated",
        (
            *of("unit/test_site_changed.py", "test_a_site_that_lacks_a_wanted_device_is_not_driven"),
            *of("unit/test_outdated.py", "test_an_outdated_plan_stands_until_a_person_updates_it"),
        ),
        "there is no --accept-removed",
    ),
}
