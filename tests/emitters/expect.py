"""Compares what Headwater answers with an `expect/<case>.toml`, written by hand from the job's source.

The same files are read by `tests/it/emitters.rs`, which replays the recordings. Sets are compared
whole: an edge too many is as wrong as one too few.

    [datasets]                  short names for datasets: [namespace, name]
    [columns]                   a column, and the columns at the far end of its upstream lineage
    [upstream]                  a dataset, and the datasets it is made from (one hop)
    [consumers]                 a dataset, and the jobs that read it, by name
    [schema]                    a dataset, and its columns
    [parents]                   a job, `namespace | name`, and the jobs that started its runs
    [[runs]]                    job = [namespace, name], states = of its runs, error = part of a message
    [[not_told]]                of, from, why: an edge that is true and that the emitter does not tell
    [[gap]]                     ask, of, want, now, closes: what Headwater should answer, and what it
                                answers until then. It fails when the answer changes, so that it is
                                turned on when the gap closes.
"""

import tomllib

import lab

# Stands for the answer about a dataset or column that Headwater does not know.
NOT_THERE = "(not there)"
LINEAGE = """query($node: NodeRef!, $depth: Int) {
  lineage(node: $node, direction: UPSTREAM, maxDepth: $depth) {
    truncated nodes { id kind namespace name column depth } edges { from to kind } } }"""
DATASET = """query($namespace: String!, $name: String!) { dataset(namespace: $namespace, name: $name) {
    upstream { namespace name } consumedBy { namespace name } columns { name } firstSeen } }"""
RUNS = """query($namespace: String!, $name: String!) { job(namespace: $namespace, name: $name) {
    runs(first: 500) { nodes { state errorMessage parent { namespace name } } } } }"""


class Expectations:
    def __init__(self, lab, path):
        self.lab, self.path = lab, path
        self.told = tomllib.loads(path.read_text())
        self.datasets = self.told.get("datasets", {})
        self.short = {tuple(name): short for short, name in self.datasets.items()}

    # ---- names

    def dataset(self, short: str) -> dict:
        if short not in self.datasets:
            raise KeyError(f"{self.path}: [datasets] has no {short}")
        namespace, name = self.datasets[short]
        return {"namespace": self.lab.live(namespace), "name": self.lab.live(name)}

    def column(self, text: str) -> dict:
        short, column = text.split(".", 1)
        return self.dataset(short) | {"column": column}

    def name_of(self, node: dict) -> str:
        """The short name of a dataset or column; the whole name when it has none."""
        key = (self.lab.anonymous(node["namespace"]), self.lab.anonymous(node["name"]))
        short = self.short.get(key) or " | ".join(key)
        return f"{short}.{node['column']}" if node.get("column") else short

    # ---- questions

    def ask_columns(self, of: str) -> set[str]:
        """The far ends of a column's upstream lineage."""
        node = {"column": self.column(of)}
        lineage = self.lab.server.graphql(LINEAGE, node=node, depth=None)["lineage"]
        if lineage["truncated"]:
            raise lab.Failed(f"the lineage of {of} was cut")
        fed = {edge["to"] for edge in lineage["edges"]}
        return {self.name_of(n) for n in lineage["nodes"] if n["depth"] > 0 and n["id"] not in fed}

    def ask_reaches(self, of: str) -> set[str]:
        """All of a column's upstream lineage."""
        node = {"column": self.column(of)}
        lineage = self.lab.server.graphql(LINEAGE, node=node, depth=None)["lineage"]
        return {self.name_of(n) for n in lineage["nodes"] if n["depth"] > 0}

    def ask_dataset(self, of: str) -> dict:
        found = self.lab.server.graphql(DATASET, **self.dataset(of))["dataset"]
        return found or {"upstream": [], "consumedBy": [], "columns": [], "firstSeen": None, "missing": True}

    def ask_upstream(self, of: str) -> set[str]:
        found = self.ask_dataset(of)
        return {NOT_THERE} if found.get("missing") else {self.name_of(n) for n in found["upstream"]}

    def ask_consumers(self, of: str) -> set[str]:
        found = self.ask_dataset(of)
        return {NOT_THERE} if found.get("missing") else {self.lab.anonymous(job["name"]) for job in found["consumedBy"]}

    def ask_schema(self, of: str) -> set[str]:
        found = self.ask_dataset(of)
        return {NOT_THERE} if found.get("missing") else {column["name"] for column in found["columns"]}

    def ask_runs(self, job: list[str]) -> list[dict]:
        namespace, name = (self.lab.live(part) for part in job)
        found = self.lab.server.graphql(RUNS, namespace=namespace, name=name)["job"]
        return found["runs"]["nodes"] if found else []

    def ask_messages(self, of: str) -> set[str]:
        """Whether the runs of a job, `namespace | name`, have an error message."""
        return {"a message" for run in self.ask_runs(of.split(" | ", 1)) if run["errorMessage"]}

    def ask_parents(self, of: str) -> set[str]:
        parents = (run["parent"] for run in self.ask_runs(of.split(" | ", 1)))
        return {self.lab.anonymous(f"{parent['namespace']} | {parent['name']}") for parent in parents if parent}

    def ask(self, kind: str, of: str) -> set[str]:
        try:
            return getattr(self, f"ask_{kind}")(of)
        except lab.Failed as error:
            if "NOT_FOUND" in str(error):
                return {NOT_THERE}
            raise

    # ---- checks

    def compare(self, kind: str, of: str, want: list[str], what: str):
        got = self.ask(kind, of)
        self.lab.check(f"{what} {of}: {', '.join(sorted(want)) or 'none'}", got == set(want), sorted(got))

    def check(self):
        for kind, what in [("columns", "column"), ("upstream", "made from"), ("consumers", "read by"), ("schema", "columns of"), ("parents", "started by")]:
            for of, want in self.told.get(kind, {}).items():
                self.compare(kind, of, want, what)
        for run in self.told.get("runs", []):
            self.check_run(run)
        for told in self.told.get("not_told", []):
            self.check_not_told(told)

    def check_run(self, run: dict):
        found = self.ask_runs(run["job"])
        states = sorted(one["state"] for one in found)
        what = f"runs of {' | '.join(run['job'])}: {', '.join(run['states'])}"
        self.lab.check(what, states == sorted(run["states"]), states)
        if "error" in run:
            messages = [one["errorMessage"] or "" for one in found]
            self.lab.check(f"{what}: says {run['error']!r}", any(run["error"] in text for text in messages), messages)

    def check_not_told(self, told: dict):
        kind = "reaches" if "." in told["of"] else "upstream"
        got = self.ask(kind, told["of"])
        holds = told["from"] not in got and got != {NOT_THERE}
        self.lab.check(f"not told: {told['from']} -> {told['of']}", holds, sorted(got))

    def gaps(self) -> list[dict]:
        """What is not yet as it should be; one whose answer has changed counts as a failed check."""
        told = self.told.get("gap", [])
        for gap in told:
            got = self.ask(gap["ask"], gap["of"])
            if got == set(gap["want"]):
                what = f"the gap of {gap['of']} has closed ({gap['closes']}): make it an expectation in {self.path.name}"
                self.lab.check(what, False, sorted(got))
            elif got != set(gap["now"]):
                what = f"the answer for {gap['of']} has changed, but not to what it should be ({gap['closes']}): see {self.path.name}"
                self.lab.check(what, False, sorted(got))
        return told

    def not_told(self) -> list[dict]:
        return self.told.get("not_told", [])
