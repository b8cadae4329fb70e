#!/usr/bin/env python3
"""Column lineage of Headwater beside that of sqlglot: TPC-H, TPC-DS and the hard cases.

    scripts/compare-sql.py            compares, and writes docs/SQL_LINEAGE.md
    scripts/compare-sql.py --details  prints every column on which the two differ

What it needs (tests/sql/requirements.txt) is installed in an environment of its own below
HEADWATER_CACHE (default: ~/.cache/headwater). The engine is examples/sql_lineage.rs, built by cargo.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("HEADWATER_CACHE") or Path.home() / ".cache/headwater")
ENVIRONMENT = CACHE / "compare-sql"
REQUIREMENTS = ROOT / "tests/sql/requirements.txt"


def enter_environment():
    """Runs this script again with what it needs."""
    python = ENVIRONMENT / "bin/python"
    if Path(sys.prefix) == ENVIRONMENT:
        return
    stamp = ENVIRONMENT / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != REQUIREMENTS.read_text():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", REQUIREMENTS], check=True)
        stamp.write_text(REQUIREMENTS.read_text())
    os.execv(python, [str(python), *sys.argv])


def tpc(name):
    """The queries of a benchmark with the tables that they read."""
    import duckdb
    import importlib

    package = Path(importlib.import_module(f"duckdb_extension_{name}").__file__).parent
    extension = next(package.glob(f"extensions/*/{name}.duckdb_extension"))
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"LOAD '{extension}'")
    connection.execute("CALL dbgen(sf=0)" if name == "tpch" else "CALL dsdgen(sf=0)")
    columns = "SELECT table_name, column_name FROM information_schema.columns ORDER BY table_name, ordinal_position"
    tables = {}
    for table, column in connection.execute(columns).fetchall():
        tables.setdefault(table, []).append(column)
    queries = connection.execute(f"SELECT query_nr, query FROM {name}_queries()").fetchall()
    return [
        {"name": f"{name} {number}", "dialect": "duckdb", "sql": sql, "tables": tables}
        for number, sql in queries
    ]


def hard():
    return tomllib.loads((ROOT / "fixtures/sql/hard.toml").read_text())["case"]


def ours(cases):
    command = ["cargo", "run", "--quiet", "--locked", "--example", "sql_lineage"]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def theirs(case):
    """Columns in order, each with its sources; or why there are none."""
    from sqlglot import exp, parse_one
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    dialect = case["dialect"]
    schema = {
        name.lower(): {column.lower(): "VARCHAR" for column in columns}
        for name, columns in case["tables"].items()
    }
    if dialect == "snowflake":
        schema = {
            name.upper(): {column.upper(): kind for column, kind in columns.items()}
            for name, columns in schema.items()
        }
    try:
        tree = parse_one(case["sql"], dialect=dialect)
        if isinstance(tree, exp.Insert):
            return "lineage of the query alone"
        if not isinstance(tree, exp.Query):
            return f"no lineage of {type(tree).__name__.upper()}"
        tree = qualify(tree, dialect=dialect, schema=schema, validate_qualify_columns=False, identify=False)
        scope = build_scope(tree)
        columns = []
        for name in tree.named_selects:
            root = lineage(name, tree, schema=schema, dialect=dialect, scope=scope, copy=False)
            columns.append((name.lower(), leaves(root, case["tables"])))
        return columns
    except Exception as error:  # whatever it raises is its answer
        return f"{type(error).__name__}: {str(error).splitlines()[0][:90]}"


def leaves(root, tables):
    from sqlglot import exp

    known = {name.lower() for name in tables}
    found = set()
    for node in root.walk():
        if not node.downstream and isinstance(node.expression, exp.Table):
            table = node.expression.name.lower()
            column = node.name.split(".")[-1].strip('"`').lower()
            if table in known and column != "*":
                found.add(f"{table}.{column}")
    return found


def compare(case, answer, other):
    """What is to be said of a case: one word, and the columns that differ."""
    if isinstance(other, str):
        return "not by sqlglot", [("", other)]
    if answer["gaps"]:
        return "unknown", [("", answer["gaps"][0])]
    if len(answer["columns"]) != len(other):
        names = ", ".join(name for name, _ in other)
        held = ", ".join(column["name"] for column in answer["columns"])
        return "other columns", [("", f"Headwater: {held}; sqlglot: {names}")]
    odd = []
    for column, (_, sources) in zip(answer["columns"], other):
        direct, everything = set(column["direct"]), set(column["all"])
        # sqlglot does not tell what is in a value from what decides about it.
        if direct <= sources <= everything:
            continue
        odd.append((column["name"], direct, everything, sources))
    if not odd:
        return "agree", []
    more = all(everything > sources for _, _, everything, sources in odd)
    less = all(everything < sources for _, _, everything, sources in odd)
    word = "Headwater more" if more else "Headwater less" if less else "differ"
    return word, odd


def truth(case, answer):
    """Whether a hard case is right by its fixture."""
    if answer["gaps"]:
        return "unknown, and said"
    held = {column["name"]: set(column["direct"]) for column in answer["columns"]}
    more = case.get("more", {})
    right = held.keys() == case["columns"].keys() and all(
        set(sources) <= held[name] <= set(sources) | set(more.get(name, []))
        for name, sources in case["columns"].items()
    )
    return "right" if right else "WRONG"


def glot_truth(case, other):
    if isinstance(other, str):
        return other.replace("|", "\\|")
    held = dict(other)
    if held.keys() != case["columns"].keys():
        return "other columns"
    missing = {s for name, sources in case["columns"].items() for s in sources if s not in held[name]}
    return f"lacks {', '.join(sorted(missing))}" if missing else "has all sources"


def told(sources):
    return ", ".join(sorted(sources)) or "nothing"


def main():
    enter_environment()
    import sqlglot

    notes = tomllib.loads((ROOT / "tests/sql/explained.toml").read_text())
    benchmarks = {"TPC-H": tpc("tpch"), "TPC-DS": tpc("tpcds")}
    out = [
        "# Lineage from SQL beside sqlglot",
        "",
        f"Written by `scripts/compare-sql.py`: Headwater's reader (`src/sql`) and sqlglot {sqlglot.__version__} on the queries of TPC-H and TPC-DS, as DuckDB's extensions carry them, and on the hard cases of `fixtures/sql/hard.toml`. Both are told all columns of all tables.",
        "",
        "sqlglot tells for a column what its expression names, whether it is in the value or decides about it. Headwater tells the two apart, and beside them what decides about all rows. The two *agree* on a column when sqlglot's sources hold all that Headwater has in the value, and none that Headwater has not at all.",
        "",
        "| | queries | all columns agree | unknown to Headwater | not by sqlglot | differ | columns | sources by sqlglot | of these in Headwater's values | deciding alone |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    details, unexplained = [], []
    for title, cases in benchmarks.items():
        answers = ours(cases)
        counts, columns, sources, direct = Counter(), 0, 0, 0
        for case, answer in zip(cases, answers):
            other = theirs(case)
            word, odd = compare(case, answer, other)
            if not isinstance(other, str):
                columns += len(other)
                for column, (_, found) in zip(answer["columns"], other):
                    sources += len(found)
                    direct += len(found & set(column["direct"]))
            counts[word] += 1
            if word == "agree":
                continue
            why = notes.get("queries", {}).get(case["name"])
            if not why:
                unexplained.append(case["name"])
            details.append(f"- **{case['name']}** ({word}): {why or 'NOT EXPLAINED'}")
            if "--details" in sys.argv:
                print(case["name"], word)
                for one in odd:
                    print("   ", *map(str, one))
        differ = sum(counts.values()) - sum(counts[w] for w in ("agree", "unknown", "not by sqlglot"))
        out.append(
            f"| {title} | {len(cases)} | {counts['agree']} | {counts['unknown']} | {counts['not by sqlglot']} | {differ} | {columns} | {sources} | {direct} | {sources - direct} |"
        )
    out += ["", "## Where they differ", "", *(details or ["Nowhere."])]
    out += [
        "",
        "## Hard cases",
        "",
        "What is right is written by hand in the fixture: where the *value* of each column comes from. A test holds Headwater to it, and to saying that it does not know where the fixture says so. Of sqlglot it is told whether its sources hold all of these.",
        "",
        "| case | dialect | Headwater | sqlglot |",
        "|---|---|---|---|",
    ]
    cases = hard()
    remarks = []
    for case, answer in zip(cases, ours(cases)):
        other = theirs(case)
        verdict = truth(case, answer)
        if verdict == "WRONG":
            unexplained.append(case["name"])
        out.append(f"| {case['name']} | {case['dialect']} | {verdict} | {glot_truth(case, other)} |")
        if case.get("note"):
            remarks.append(f"- **{case['name']}:** {case['note']}")
        if answer["gaps"]:
            remarks.append(f"- **{case['name']}:** Headwater says: {answer['gaps'][0]}.")
    out += ["", *remarks, ""]
    (ROOT / "docs/SQL_LINEAGE.md").write_text("\n".join(out))
    print("\n".join(out[6:10]))
    if unexplained:
        print(f"not explained or wrong: {', '.join(unexplained)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
