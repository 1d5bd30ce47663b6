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
import tempfile

import jsonschema
import yaml

# Mistakes of form, which a schema can tell; what relates two parts of a file is the program's alone to tell.
MISTAKES_OF_FORM = [
    "address-malformed", "bad-names", "cpus", "empty-value", "missing-disk-keys", "missing-lab",
    "missing-memory-guest", "missing-memory-host", "misspelled-required-key", "no-hosts",
    "no-networks", "no-role", "not-a-map", "quantity-no-unit", "rate-in-bytes", "rate-not-a-rate", "role-twice",
    "shaping-values", "storage-type", "unknown-key", "unknown-key-far",
    "xen-guests",
]
EXPERIMENT_MISTAKES = [
    "bandwidth-bits", "combine-word", "copy-storage-top", "copy-storage-word", "factor-level-empty",
    "factor-no-levels", "factor-one-level", "factor-path-missing", "factor-unknown-key", "factors-empty",
    "factors-not-a-map", "gaps-word", "guest-empty", "limits-values", "load-not-a-map", "load-unknown",
    "migration-list", "migration-unknown", "migration-values", "missing-keys", "moves-and-guest", "moves-empty",
    "moves-list", "name-a-path", "name-too-long", "not-a-map", "nothing-moves", "only-empty", "path-relative",
    "published-incomplete", "published-number", "push-rate", "rate-no-unit", "rate-word", "repetitions-many",
    "repetitions-word", "repetitions-zero", "restart-word", "route-empty", "route-nested", "route-not-a-list",
    "rows-empty", "rows-not-lists", "seed-word", "settle-no-unit", "stop-metric-missing", "stop-values",
    "switch-values", "technique-misspelt", "technique-word", "unknown-key",
]
CLUSTER_MISTAKES = [
    "a-list", "all-at-once", "capacity", "groups", "image", "loads", "missing-hosts", "missing-keys", "no-hosts",
    "wrong-types",
]
SCENARIO_MISTAKES = ["a-list", "all-at-once", "unknown-key", "values"]
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


def validator_of(migralab: str, kind: str) -> jsonschema.Draft202012Validator:
    command = [migralab, "schema", kind]
    schema = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=30).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def decision_on(migralab: str, state: pathlib.Path, scratch: pathlib.Path) -> pathlib.Path:
    command = [migralab, "balance", "decide", "--json", "--state", state]
    path = scratch / f"{state.stem}.decision.json"
    path.write_bytes(subprocess.run(command, check=True, capture_output=True, timeout=30).stdout)
    return path


def complaints(validator: jsonschema.Draft202012Validator, path: pathlib.Path) -> list[str]:
    text = path.read_text()
    document = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def main() -> int:
    migralab, tree = sys.argv[1], pathlib.Path(sys.argv[2])
    topology, experiment = validator_of(migralab, "topology"), validator_of(migralab, "experiment")
    mistakes = tree / "tests/unit/topology/errors"
    topologies = sorted(tree.glob("topologies/**/*.lab.yaml"))
    experiments = sorted(tree.glob("experiments/**/*.exp.yaml"))
    wrong = []
    if len(topologies) < 10 or not experiments:
        wrong.append(f"only {len(topologies)} topologies and {len(experiments)} experiments found below {tree}")
    right = [(topology, path) for path in topologies + [mistakes / f"{name}.lab.yaml" for name in WARNINGS]]
    right += [(experiment, path) for path in experiments]
    state, decision = validator_of(migralab, "balance-state"), validator_of(migralab, "balance-decision")
    states = sorted(tree.glob("experiments/**/*.state.json"))
    if not states:
        wrong.append(f"no states of clusters found below {tree}")
    right += [(state, path) for path in states]
    scenario = validator_of(migralab, "balance-scenario")
    scenarios = sorted(tree.glob("experiments/**/*.sim.yaml"))
    if not scenarios:
        wrong.append(f"no scenarios of simulated clusters found below {tree}")
    right += [(scenario, path) for path in scenarios]
    scratch = tempfile.TemporaryDirectory()
    right += [(decision, decision_on(migralab, path, pathlib.Path(scratch.name))) for path in states]
    for validator, path in right:
        wrong += [f"{path}: {complaint}" for complaint in complaints(validator, path)]
    refused = [(topology, mistakes / f"{name}.lab.yaml") for name in MISTAKES_OF_FORM]
    refused += [(experiment, tree / f"tests/unit/experiment/errors/{name}.exp.yaml") for name in EXPERIMENT_MISTAKES]
    refused += [(state, tree / f"tests/unit/balance/errors/{name}.json") for name in CLUSTER_MISTAKES]
    refused += [(scenario, tree / f"tests/unit/simulation/errors/{name}.sim.yaml") for name in SCENARIO_MISTAKES]
    for validator, path in refused:
        if not complaints(validator, path):
            wrong.append(f"{path}: the program refuses it, the schema does not")
    wrong += undocumented(topology.schema, tree / "docs/topology.md")
    form = json.loads(json.dumps(experiment.schema))
    form["properties"]["workloads"] = {}  # the options of each type are told by the program
    wrong += undocumented(form, tree / "docs/experiments.md")
    wrong += undocumented(state.schema, tree / "docs/balancing.md")
    wrong += undocumented(decision.schema, tree / "docs/balancing.md")
    wrong += undocumented(scenario.schema, tree / "docs/simulator.md")
    print(
        "\n".join(wrong)
        or f"{len(topologies)} topologies, {len(experiments)} experiments, {len(states)} states and {len(scenarios)} scenarios are valid"
    )
    return 1 if wrong else 0


def undocumented(schema: dict, page: pathlib.Path) -> list[str]:
    text = page.read_text()
    forms = ("`{}`", ".{}`", ".{}.", "`{}.")
    missing = [key for key in sorted(keys_of(schema)) if not any(form.format(key) in text for form in forms)]
    return [f"{page}: does not name the key `{key}`" for key in missing]


def keys_of(schema: object) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(keys_of, schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", {})).union(*map(keys_of, schema.values()))


if __name__ == "__main__":
    sys.exit(main())
