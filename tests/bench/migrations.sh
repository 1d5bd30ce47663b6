# shellcheck shell=bash disable=SC2034,SC2154 # variables of run
# SPDX-License-Identifier: Apache-2.0
# Read by tests/bench/run. What experiments measure of migrations: how much of the network the first round uses, and how
# far the models' total times are from the measured ones.

# run_experiment FILE [OPTION]...: its results' folder
run_experiment() {
  local name
  name=$(basename "$1" .exp.yaml)
  rm -rf "$scratch/runs"
  migralab run "$@" --output "$scratch/runs" >"$scratch/run.log" 2>&1 || die "$name failed: $(tail -n 5 "$scratch/run.log")"
  echo "$scratch/runs/$name"-*
}

# trial_values REPORT METRIC FACTOR LEVEL: of the trials that count, one to a line
trial_values() {
  awk -F, -v metric="$2" -v factor="$3" -v level="$4" '
    NR == 1 { for (i = 1; i <= NF; ++i) at[$i] = i; next }
    $at["warm_up"] == "false" && $at["succeeded"] == "true" && $at["metric"] == metric && $at[factor] == level {
      print $at["value"]
    }' "$1/tables/metrics.csv"
}

bench_bulk() {
  local how=(--with "repetitions=${rounds:-3}") rates=(100Mbit/s 1Gbit/s) run rate shares carried verdict
  [ "$smoke" = 0 ] || { how=(--quick) && rates=(1Gbit/s); }
  say "bulk: the first round of migrations through ${rates[*]}, ${rounds:-3} times there and back"
  run=$(run_experiment tests/bench/bulk.exp.yaml "${how[@]}")
  printf '%-34s %3s %9s %9s %9s %7s\n' 'bulk round' n Mbit/s '% of link' 'lowest %' target >"$scratch/bulk"
  for rate in "${rates[@]}"; do
    mapfile -t shares < <(trial_values "$run/report" bulk.share rate "$rate")
    [ "${#shares[@]}" -gt 0 ] || die "no first round was seen at $rate"
    mapfile -t carried < <(trial_values "$run/report" bulk.rate rate "$rate")
    verdict=$(awk -v s="$(median "${shares[@]}")" 'BEGIN { print (s >= 95 ? "PASS" : "under") }')
    [ "$verdict" = PASS ] || [ "$smoke" = 1 ] || failed=1
    printf '%-34s %3d %9.1f %9.2f %9.2f %7s  %s\n' "$rate" "${#shares[@]}" "$(median "${carried[@]}")" "$(median "${shares[@]}")" \
      "$(printf '%s\n' "${shares[@]}" | sort -n | head -n 1)" ">=95" "$verdict" >>"$scratch/bulk"
  done
}

# Of each trial: technique, load, the error in % of the model that is meant for the technique, or "none", and the total
# time in seconds.
model_errors() { # REPORT
  # A level with options, "{technique: hybrid, switch: ...}", has commas in it: its first word is enough here.
  sed -E 's/"\{technique: ([a-z-]+)[^"]*\}"/\1/' "$1/tables/metrics.csv" | awk -F, '
    NR == 1 { for (i = 1; i <= NF; ++i) at[$i] = i; next }
    $at["warm_up"] == "true" || $at["succeeded"] != "true" { next }
    $at["metric"] == "total_time" { cell[$at["trial"]] = $at["technique"] " " $at["load"]; time[$at["trial"]] = $at["value"] }
    {
      model = $at["technique"] == "pre-copy" ? "geometric" : $at["technique"]
      if ($at["metric"] == "model." model ".total_time_error") error[$at["trial"]] = $at["value"]
    }
    END { for (trial in cell) print cell[trial], (trial in error ? error[trial] : "none"), time[trial] }' | sort
}

# How far the total times of a cell themselves are from their median, in %, in the median: no model gets far below.
scatter() { # SECONDS...
  local middle apart
  middle=$(median "$@")
  mapfile -t apart < <(printf '%s\n' "$@" | awk -v m="$middle" '{ d = 100 * ($1 - m) / m; print (d < 0 ? -d : d) }')
  median "${apart[@]}"
}

bench_models() {
  local report=$scratch/models-report how=(--with "repetitions=${rounds:-3}" --with before=1s --with after=1s)
  local cell errors sizes times all=() missing verdict
  if [ -n "$results" ]; then
    say "models: the results in $results"
    migralab report "$results" --output "$report" >/dev/null 2>"$scratch/run.log" || die "$results: $(tail -n 5 "$scratch/run.log")"
  else
    if [ "$(id -u)" -ne 0 ] && [ "$(cat /proc/sys/vm/unprivileged_userfaultfd 2>/dev/null)" != 1 ]; then
      say "models: left out, post-copy needs root or vm.unprivileged_userfaultfd=1"
      return
    fi
    [ "$smoke" = 0 ] || how=(--quick --with 'factors.load.levels=[none]' --with before=200ms --with after=200ms --with settle=200ms)
    say "models: experiment techniques, ${rounds:-3} times there and back"
    report=$(run_experiment experiments/techniques.exp.yaml "${how[@]}")/report
  fi
  model_errors "$report" >"$scratch/errors"
  printf '%-34s %3s %9s %9s %9s %9s %7s\n' 'model of total time against trials' n 'off by %' 'largest %' 'bias %' 'scatter %' target >"$scratch/models"
  while read -r cell; do
    mapfile -t errors < <(awk -v c="$cell" '$1 " " $2 == c && $3 != "none" { print $3 }' "$scratch/errors")
    [ "${#errors[@]}" -gt 0 ] || continue
    mapfile -t sizes < <(printf '%s\n' "${errors[@]}" | sed 's/^-//')
    mapfile -t times < <(awk -v c="$cell" '$1 " " $2 == c { print $4 }' "$scratch/errors")
    all+=("${sizes[@]}")
    printf '%-34s %3d %9.2f %9.2f %+9.2f %9.2f\n' "$cell" "${#errors[@]}" "$(median "${sizes[@]}")" "$(largest "${sizes[@]}")" \
      "$(median "${errors[@]}")" "$(scatter "${times[@]}")" >>"$scratch/models"
  done < <(cut -d' ' -f1,2 "$scratch/errors" | uniq)
  [ "${#all[@]}" -gt 0 ] || die "no trial has a prediction"
  missing=$(awk '$3 == "none" { ++n } END { print n + 0 }' "$scratch/errors")
  verdict=$(awk -v e="$(median "${all[@]}")" 'BEGIN { print (e <= 10 ? "PASS" : "over") }')
  [ "$verdict" = PASS ] || [ "$smoke" = 1 ] || failed=1
  printf '%-34s %3d %9.2f %9.2f %9s %9s %7s  %s\n' "all trials, $missing without prediction" "${#all[@]}" "$(median "${all[@]}")" \
    "$(largest "${all[@]}")" - - "<=10" "$verdict" >>"$scratch/models"
}
