#!/usr/bin/env python3
"""Writes two versions of a made-up dbt project, to measure `headwater check dbt`.

    scripts/generate-dbt.py DIR [MODELS] [BYTES OF FILLING IN EACH MODEL]

DIR/base and DIR/head get a manifest each: MODELS models (6,000) in layers of 20, each reading two
of the layer before. In the head one model of the first layer has lost a column.
"""
import json
import os
import sys

target, models = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 6_000
filling = int(sys.argv[3]) if len(sys.argv) > 3 else 12_000
columns = [f"c{n}" for n in range(20)]


def node(at, head):
    own = [c for c in columns if not (head and at == 0 and c == "c19")]
    reads = [at - 20, at - 21] if at >= 21 else []
    if reads:
        a, b = (f'"db"."s"."m{n}"' for n in reads)
        chosen = ", ".join(f"a.{c}" for c in columns[:19]) + ", b.c0 as c19"
        sql = f"with a as (select * from {a}), b as (select * from {b}) select {chosen} from a join b on a.c0 = b.c0"
    else:
        sql = "select " + ", ".join(f"src.{c}" for c in own) + ' from "db"."raw"."src" as src'
    return {
        "resource_type": "model", "name": f"m{at}", "package_name": "p", "language": "sql",
        "relation_name": f'"db"."s"."m{at}"', "original_file_path": f"models/m{at}.sql",
        "raw_code": sql, "compiled_code": sql, "description": "x" * filling,
        "config": {"materialized": "table"},
        "depends_on": {"macros": [], "nodes": [f"model.p.m{n}" for n in reads] or ["source.p.raw.src"]},
    }


for side, hour in (("base", 1), ("head", 2)):
    os.makedirs(f"{target}/{side}", exist_ok=True)
    source = {"resource_type": "source", "name": "src", "relation_name": '"db"."raw"."src"'}
    manifest = {
        "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
                     "adapter_type": "postgres", "project_name": "p",
                     "generated_at": f"2026-01-01T0{hour}:00:00Z"},
        "nodes": {f"model.p.m{at}": node(at, side == "head") for at in range(models)},
        "sources": {"source.p.raw.src": source},
    }
    catalog = {"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"},
               "nodes": {}, "sources": {"source.p.raw.src": {"columns": {
                   c: {"name": c, "type": "text", "index": n} for n, c in enumerate(columns)}}}}
    for name, artifact in (("manifest", manifest), ("catalog", catalog)):
        with open(f"{target}/{side}/{name}.json", "w", encoding="utf-8") as file:
            json.dump(artifact, file)
    print(side, os.path.getsize(f"{target}/{side}/manifest.json") // 1_000_000, "MB")
