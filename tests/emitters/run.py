#!/usr/bin/env python3
"""Drives real emitters of OpenLineage against a Headwater server and checks what it answers.

    tests/emitters/run.py [--all | NAME ...] [--binary PATH] [--record] [--report]

Without names: the emitters that run in CI. What came out, with all that was seen, is written to
results.json in the cache. With --record the events are kept in fixtures/emitters/. With --report
the outcome goes to docs/emitters.json, and docs/EMITTERS.md is made from it.
Exit code 0: every check held, and what could not be run is named; 1: a check failed.
"""

import argparse
import contextlib
import datetime
import importlib.util
import json
import os
import pathlib
import platform
import re
import socket
import subprocess
import sys
import time
import tomllib
import xml.etree.ElementTree

import expect
import lab as laboratory
import report

IN_CI = ["python-client", "dbt", "spark"]
EASIEST_FIRST = IN_CI + [
    "java-client", "dlt", "sqlmesh", "dagster", "prefect", "great-expectations", "airflow", "debezium", "flink",
]
RESULTS = laboratory.REPOSITORY / "docs" / "emitters.json"


def binary_path(given: str | None) -> pathlib.Path:
    if given:
        return pathlib.Path(given).resolve()
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or laboratory.REPOSITORY / "target")
    found = [p for p in (target / "debug" / "headwater", target / "release" / "headwater") if p.exists()]
    if not found:
        sys.exit("there is no headwater binary: run `cargo build`, or give --binary PATH")
    return max(found, key=lambda path: path.stat().st_mtime)


def drive_of(emitter: str):
    path = laboratory.EMITTERS / emitter / "drive.py"
    spec = importlib.util.spec_from_file_location(f"drive_{emitter.replace('-', '_')}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def versions(emitter: str) -> dict[str, str]:
    """What is pinned: packages of requirements.txt and artifacts of pom.xml."""
    folder, found = laboratory.EMITTERS / emitter, {}
    if (folder / "requirements.txt").exists():
        for line in (folder / "requirements.txt").read_text().splitlines():
            name, _, version = line.partition("==")
            if version:
                found[name] = version
    if (folder / "pom.xml").exists():
        space = {"m": "http://maven.apache.org/POM/4.0.0"}
        for one in xml.etree.ElementTree.parse(folder / "pom.xml").iterfind(".//m:dependency", space):
            found[one.find("m:artifactId", space).text] = one.find("m:version", space).text
    return found


def leaks(text: str) -> list[str]:
    """What of this machine stands in a text that is to be kept."""
    suspects = {str(pathlib.Path.home()), str(laboratory.cache()), str(laboratory.REPOSITORY), socket.gethostname()}
    return [word for word in suspects if len(word) > 3 and word in text]


def record(lab, events: list[str], run_again: str):
    """Keeps what was sent, with this machine's names replaced."""
    folder = laboratory.FIXTURES / lab.emitter
    folder.mkdir(parents=True, exist_ok=True)
    text = lab.anonymous("\n".join(events) + "\n").replace(socket.gethostname(), "host")
    found = leaks(text)
    if found:
        raise laboratory.Failed(f"the recording names this machine: {found}")
    (folder / f"{lab.case}.ndjson").write_text(text)
    print(f"  recorded {len(events)} events, {len(text)} bytes")


def try_case(binary, emitter: str, module, case: str, keep: bool) -> dict:
    start = time.monotonic()
    outcome = {"case": case, "does": module.CASES[case].__doc__.strip(), "checks": [], "gaps": [], "not_told": [], "notes": [], "events": 0}
    with contextlib.ExitStack() as stack:
        trial = laboratory.Lab(binary, emitter, case, stack)
        told = getattr(module, "EXPECT", {}).get(case, case)
        path = trial.folder / "expect" / f"{told}.toml"
        try:
            module.CASES[case](trial)
            trial.server.settle()
            events = trial.server.events()
            outcome["events"] = len(events)
            trial.check("it sent events", bool(events))
            outcome["slowest_answer_ms"] = round(1000 * max((seen.seconds for seen in trial.relay.seen), default=0))
            if path.exists():
                expectations = expect.Expectations(trial, path)
                expectations.check()
                outcome["gaps"] = expectations.gaps()
                outcome["not_told"] = expectations.not_told()
            if keep and case in getattr(module, "RECORD", module.CASES):
                record(trial, events, emitter)
        except laboratory.CannotRun as reason:
            outcome["cannot_run"] = str(reason)
        except (laboratory.Failed, subprocess.TimeoutExpired, KeyError) as error:
            trial.check("it ran", False, error)
        outcome["gone"] = trial.relay.gone
        outcome["checks"] = [{"what": trial.anonymous(w), "holds": h, "seen": trial.anonymous(s)} for w, h, s in trial.checks]
        outcome["notes"] = [trial.anonymous(note) for note in trial.notes]
    outcome["seconds"] = round(time.monotonic() - start, 1)
    return outcome


def try_emitter(binary, emitter: str, keep: bool, only: str | None) -> dict:
    module = drive_of(emitter)
    print(f"{module.TITLE}", flush=True)
    cases = []
    for case in module.CASES:
        if only and case != only:
            continue
        outcome = try_case(binary, emitter, module, case, keep)
        failed = [check for check in outcome["checks"] if not check["holds"]]
        told = outcome.get("cannot_run") or f"{len(outcome['checks']) - len(failed)} of {len(outcome['checks'])} checks hold, {len(outcome['gaps'])} gaps, {outcome['events']} events, slowest answer {outcome.get('slowest_answer_ms', 0)} ms, {outcome['gone']} connections broken off"
        print(f"  {case}: {told} ({outcome['seconds']} s)", flush=True)
        for check in failed:
            print(f"    FAILED {check['what']}\n      got {check['seen']}", flush=True)
        cases.append(outcome)
    return {
        "title": module.TITLE, "versions": versions(emitter), "left_out": list(getattr(module, "LEFT_OUT", [])),
        "date": datetime.date.today().isoformat(), "python": platform.python_version(), "cases": cases,
    }


def brief(found: dict) -> dict:
    """What is kept in the repository: what held, without what differs from run to run."""
    volatile = ("seconds", "slowest_answer_ms", "gone")
    cases = [{k: v for k, v in case.items() if k not in volatile} | {"checks": [check["what"] for check in case["checks"]]} for case in found["cases"]]
    return found | {"cases": cases}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="emitters, or EMITTER/CASE")
    parser.add_argument("--all", action="store_true", help="every emitter")
    parser.add_argument("--binary", help="the headwater to try; the newest of target/ unless given")
    parser.add_argument("--record", action="store_true", help="keep the events in fixtures/emitters/")
    parser.add_argument("--report", action="store_true", help="write docs/emitters.json and docs/EMITTERS.md")
    given = parser.parse_args()
    known = [name for name in EASIEST_FIRST if (laboratory.EMITTERS / name / "drive.py").exists()]
    names = given.names or (known if given.all else IN_CI)
    binary = binary_path(given.binary)
    results, failed = {}, False
    for name in names:
        name, _, only = name.partition("/")
        if name not in known:
            sys.exit(f"there is no emitter {name}; there are {', '.join(known)}")
        results[name] = try_emitter(binary, name, given.record, only or None)
        failed |= any(not check["holds"] for case in results[name]["cases"] for check in case["checks"])
    (laboratory.cache() / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False))
    if given.report and not failed:
        told = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        told |= {name: brief(found) for name, found in results.items()}
        told = {name: told[name] for name in EASIEST_FIRST if name in told}
        RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        report.write(told)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
