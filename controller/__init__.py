"""The brain: from a report to desired states, their proof and their record. Sees dataclasses only.

`intake` reads a report; `plan`, `rules` and `signs` make the plan of one incident; `incidents` is its course;
`states` joins everything that stands, `interlocks` keeps apart what must not stand together; `fleet` drives
and reads each device; `alarms` and `store` remember. `room` is the hub, `commands` what people order.
"""
