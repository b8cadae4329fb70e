"""Makes docs/EMITTERS.md from docs/emitters.json."""

import lab

HEAD = """# Emitters

Each of these was run for real against a Headwater server, by `tests/emitters/run.py --report`, and what Headwater answered was compared with what the job's own source says. This page is made by that script; change `tests/emitters/` instead.

    make test-emitters        # the Python client, dbt and Spark; these run in CI
    make test-emitters-all    # all of them

A *check* is an exact comparison: this column comes from these columns and no others, this run failed with this message. *Not told* is an edge that is true and that the emitter does not send; no catalog can know it from these events. A *gap* is what Headwater could answer from these events and does not yet; the script fails when a gap closes, so that it becomes a check.
"""


def link(emitter: str) -> str:
    return "".join(c for c in emitter.lower().replace(" ", "-") if c.isalnum() or c == "-")


def one_line(text: str) -> str:
    return " ".join(text.split())


def write(results: dict):
    out = [HEAD, "| emitter | cases | events | checks | gaps |", "|---|---|---|---|---|"]
    for found in results.values():
        ran = [case for case in found["cases"] if "cannot_run" not in case]
        events, checks = sum(c["events"] for c in ran), sum(len(c["checks"]) for c in ran)
        gaps = sum(len(c["gaps"]) for c in ran)
        out.append(f"| [{found['title']}](#{link(found['title'])}) | {len(ran)} | {events} | {checks} | {gaps} |")
    for name, found in results.items():
        out += ["", f"## {found['title']}", ""]
        pinned = ", ".join(f"{package} {version}" for package, version in found["versions"].items())
        out.append(f"Run on {found['date']} with {pinned}. Source: `tests/emitters/{name}/`.")
        known = set()
        for case in found["cases"]:
            out += ["", f"**{case['case']}**: {one_line(case['does'])}"]
            if "cannot_run" in case:
                out += ["", f"Not run: {case['cannot_run']}"]
                continue
            out += ["", f"{len(case['checks'])} checks on {case['events']} events."]
            lines = [f"- Not told: `{t['from']}` → `{t['of']}`. {one_line(t['why'])}" for t in case["not_told"]]
            lines += [
                f"- Gap: {g['ask']} of `{g['of']}` should be {', '.join(f'`{w}`' for w in g['want']) or 'none'}; it is {', '.join(f'`{w}`' for w in g['now']) or 'none'}. Closes with {g['closes']}."
                for g in case["gaps"]
            ]
            lines += [f"- {one_line(note)}" for note in case["notes"]]
            # Cases that share an expectation would say it all again.
            new = [line for line in lines if line not in known]
            known.update(lines)
            if len(new) < len(lines):
                new.append("- What is said above of another case holds here too.")
            out += ["", *new] if new else []
        if found["left_out"]:
            out += ["", "Left out:", "", *(f"- {one_line(text)}" for text in found["left_out"])]
    (lab.REPOSITORY / "docs" / "EMITTERS.md").write_text("\n".join(out) + "\n")
