"""SQLMesh with sqlmesh-openlineage on DuckDB."""

import shutil

TITLE = "SQLMesh"
LEFT_OUT = ["Incremental models, environments other than prod, and other engines than DuckDB."]


def plan(lab):
    """`sqlmesh plan --auto-apply`: a seed, a staging model, a mart, and a model that fails."""
    project = lab.work / "project"
    shutil.copytree(lab.folder / "project", project)
    env = lab.environment(
        OPENLINEAGE_URL=lab.url, SHOP_DB=lab.work / "shop.duckdb", SQLMESH__DISABLE_ANONYMIZED_ANALYTICS="true", MAX_FORK_WORKERS="1",
        PATH=f"{lab.tool('sqlmesh').parent}:/usr/local/bin:/usr/bin:/bin",
    )
    lab.run(lab.tool("sqlmesh"), "-p", project, "plan", "--auto-apply", "--no-prompts", env=env, codes=(0, 1), cwd=project)
    lab.note("A model that fails is told as COMPLETE.")


CASES = {"plan": plan}
