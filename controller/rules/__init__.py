"""One rule a file; the planner lists this package, so a new rule is a new file and its test.

Each exposes `demands(report, facts, site)` and knows no other rule.
"""
