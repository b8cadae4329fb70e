"""Great Expectations 0.15 with the last integration that its checkpoints call."""

import json

TITLE = "Great Expectations"
LEFT_OUT = ["Great Expectations 1.x: its checkpoints do not call the integration's hook."]
RUNS = """query { job(namespace: "shop", name: "check_orders") { runs { nodes { inputs { dataset { name } facets { name text } } } } } }"""


def checkpoint(lab):
    """A checkpoint over a table of an SQLite file; one of three expectations fails."""
    env = lab.environment(OPENLINEAGE_URL=lab.url, GE_USAGE_STATS="False")
    lab.run(lab.python(), lab.folder / "job.py", lab.work / "shop.sqlite", env=env)
    lab.server.settle()
    [run] = lab.server.graphql(RUNS)["job"]["runs"]["nodes"]
    facets = {facet["name"]: json.loads(facet["text"]) for used in run["inputs"] for facet in used["facets"]}
    # This integration has a facet of its own, not the standard dataQualityAssertions.
    told = {(a["expectationType"], a.get("column")): a["success"] for a in facets["greatExpectations_assertions"]["assertions"]}
    truth = {
        ("expect_table_row_count_to_equal", None): True,
        ("expect_column_values_to_not_be_null", "id"): True,
        ("expect_column_values_to_not_be_null", "amount"): False,
    }
    lab.check("the run's assertions: two hold, the one on `amount` does not", told == truth, told)


CASES = {"checkpoint": checkpoint}
