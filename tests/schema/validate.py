#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates files against the schema that migralab prints, with an independent implementation of JSON Schema.

usage: validate.py MIGRALAB SOURCE_TREE
"""
import json
import pathlib
import re
import subprocess
import sys

import jsonschema
import yaml

# Mistakes of form, which a schema can tell; what relates two parts of a file is the program's alone to tell.
MISTAKES_OF_FORM = [
    "address-malformed", "bad-names", "empty-value", "hypervisor-xen", "missing-disk-keys", "missing-lab",
    "missing-memory-guest", "missing-memory-host", "misspelled-required-key", "no-hosts",
    "no-networks", "no-role", "not-a-map", "quantity-no-unit", "rate-in-bytes", "rate-not-a-rate", "role-twice",
    "shaping-values", "storage-planned", "unknown-key", "unknown-key-far",
]
# Files that the program accepts, with a warning.
WARNINGS = ["cannot-be-migrated-to", "memory-fits-nowhere-else"]


class Loader(yaml.SafeLoader):
    """YAML 1.2's booleans: `yes` is a text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:int")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^[0-9]+$"), list("0123456789"))


def main() -> int:
    migralab, tree = sys.argv[1], pathlib.Path(sys.argv[2])
    schema = json.loads(subprocess.run([migralab, "schema"], check=True, capture_output=True, timeout=30).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    def complaints(path: pathlib.Path) -> list[str]:
        document = yaml.load(path.read_text(), Loader)
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]

    wrong = []
    shipped = sorted(tree.glob("topologies/**/*.lab.yaml"))
    if len(shipped) < 5:
        wrong.append(f"only {len(shipped)} topologies found below {tree}")
    mistakes = tree / "tests/unit/topology/errors"
    for path in shipped + [mistakes / f"{name}.lab.yaml" for name in WARNINGS]:
        wrong += [f"{path}: {complaint}" for complaint in complaints(path)]
    for name in MISTAKES_OF_FORM:
        if not complaints(mistakes / f"{name}.lab.yaml"):
            wrong.append(f"{name}: the program refuses it, the schema does not")
    documented = (tree / "docs/topology.md").read_text()
    for key in sorted(keys_of(schema)):
        if not any(form in documented for form in (f"`{key}`", f".{key}`", f".{key}.", f"`{key}.")):
            wrong.append(f"docs/topology.md does not name the key `{key}`")
    print("\n".join(wrong) or f"{len(shipped)} topologies are valid")
    return 1 if wrong else 0


def keys_of(schema: object) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(keys_of, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", {})).union(*map(keys_of, schema.values()))


if __name__ == "__main__":
    sys.exit(main())
