#!/usr/bin/env python3
"""Holds documents against the schema and the data model of ODCS.

    validate.py FILE ...

Exit code 1 when one does not fit, or when a document that is made wrong here is taken.
"""

import copy
import json
import sys

import jsonschema
import yaml
from open_data_contract_standard.model import OpenDataContractStandard

SCHEMA = json.loads(OpenDataContractStandard.json_schema())
VALIDATOR = jsonschema.Draft201909Validator(SCHEMA)


def wrongs(text: str) -> list[str]:
    document = yaml.safe_load(text)
    found = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in VALIDATOR.iter_errors(document)]
    try:
        OpenDataContractStandard.from_string(text)
    except Exception as error:  # pydantic tells all that is wrong in one
        found.append(f"data model: {error}")
    return found


def broken(document: dict):
    """The same document, wrong in one way each."""

    def change(what, make):
        other = copy.deepcopy(document)
        make(other)
        return what, yaml.safe_dump(other)

    yield change("no kind", lambda d: d.pop("kind"))
    yield change("another version", lambda d: d.update(apiVersion="v9.9.9"))
    yield change("a member that is none", lambda d: d.update(contracts=[]))
    yield change("an object without a name", lambda d: d["schema"][0].pop("name"))
    yield change("a server of no type", lambda d: d["servers"][0].update(type="headwater"))
    yield change("a type that is none", lambda d: d["schema"][0].setdefault("properties", []).append({"name": "x", "logicalType": "varchar"}))


def main() -> int:
    failed = 0
    for path in sys.argv[1:]:
        text = open(path, encoding="utf-8").read()
        for wrong in wrongs(text):
            failed += 1
            print(f"{path}: {wrong}", file=sys.stderr)
        for what, other in broken(yaml.safe_load(text)):
            if not wrongs(other):
                failed += 1
                print(f"{path}: {what}: was not found to be wrong", file=sys.stderr)
    if len(sys.argv) < 2:
        print("give files", file=sys.stderr)
        return 1
    print(f"odcs: {len(sys.argv) - 1} documents held against ODCS 3.1: {failed} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
