# shellcheck shell=bash disable=SC2034,SC2154 # variables of run
# SPDX-License-Identifier: Apache-2.0
# Read by tests/bench/run. A host with ten guests at rest: what its agent takes of a processor. Then two of them are busy:
# how long it takes from a sample that shows an overload to MIGRATE at the agent.

balance_topology() { # GUESTS
  local i
  printf 'lab: bench-balance\nnetworks: {lan: {rate: 1Gbit/s}}\nstorage: {store: {type: iscsi}}\n'
  printf 'hosts:\n  h1: {memory: 2GiB}\n  h2: {memory: 2GiB}\nclients: {client: }\nguests:\n'
  for ((i = 1; i <= $1; ++i)); do
    printf '  g%d: {memory: 96MiB, host: h1}\n' "$i"
  done
}

# Clock ticks of the processes whose arguments contain TEXT.
ticks_of() {
  local process sum=0 fields
  for process in $(pgrep -f -- "$1"); do
    fields=$(cut -d ')' -f 2 "/proc/$process/stat" 2>/dev/null) || continue
    sum=$((sum + $(awk '{ print $12 + $13 }' <<<"$fields")))
  done
  echo "$sum"
}

bench_balance() {
  local n=${rounds:-5} span=60 guests=10 round before after share response responses=() loads=() busy verdict folder
  [ "$smoke" = 0 ] || { n=1 && span=5 && guests=2; }
  say "balance: an agent beside $guests guests at rest, $span s; $n rounds from overload to migration"
  balance_topology "$guests" >"$scratch/bench-balance.lab.yaml"
  migralab up "$scratch/bench-balance.lab.yaml" >/dev/null 2>"$scratch/up.log" || die "up failed: $(tail -n 5 "$scratch/up.log")"
  lab=bench-balance
  folder=$XDG_STATE_HOME/migralab/$lab/balancer
  migralab balance run --policy none --for "$((span + 15))s" >/dev/null 2>"$scratch/balance.log" &
  sleep 7 # its start, and the first samples
  before=$(ticks_of "$folder/agent-h1.json")
  sleep "$span"
  after=$(ticks_of "$folder/agent-h1.json")
  wait $! || die "balance run failed: $(tail -n 5 "$scratch/balance.log")"
  [ "$before" -gt 0 ] || die "no agent was found"
  share=$(awk -v t="$((after - before))" -v s="$span" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.3f", 100 * t / hz / s }')
  verdict=$(awk -v s="$share" 'BEGIN { print s < 0.5 ? "PASS" : "over" }')
  [ "$verdict" = PASS ] || [ "$smoke" = 1 ] || failed=1
  printf '%-34s %3d %9s %% of a processor  target <0.5  %s\n' "agent beside $guests guests at rest" 1 "$share" "$verdict" >"$scratch/balance"
  # Two busy guests are more than these limits, one is not.
  for busy in g1 g2; do
    migralab workload cpu-load --on "$busy" load=50% --seconds 600 >/dev/null 2>"$scratch/$busy.log" &
    loads+=($!)
    until grep -q 'runs on' "$scratch/$busy.log"; do
      kill -0 "${loads[-1]}" 2>/dev/null || die "no load: $(tail -n 5 "$scratch/$busy.log")"
      sleep 0.2
    done
  done
  for ((round = 0; round < n; ++round)); do
    response=$(migralab balance run --for 10s --set period=1s --set overload=0.4 --set target=0.36 --set ceiling=0.36 --json 2>"$scratch/balance.log" |
      sed -n 's/^ *"response_ms": \([0-9]*\).*/\1/p')
    [ "${response:-0}" = 0 ] || responses+=("$response")
    for busy in g1 g2; do # all on h1 again
      migralab migrate "$busy" h1 >/dev/null 2>&1 || true
    done
  done
  kill "${loads[@]}" 2>/dev/null || true
  wait "${loads[@]}" 2>/dev/null || true
  migralab down "$lab" >/dev/null
  if [ "${#responses[@]}" = 0 ]; then
    die "nothing moved: $(tail -n 5 "$scratch/balance.log")"
  fi
  verdict=$(awk -v r="$(median "${responses[@]}")" 'BEGIN { print r <= 50 ? "PASS" : "over" }')
  [ "$verdict" = PASS ] || [ "$smoke" = 1 ] || failed=1
  printf '%-34s %3d %9s ms               target <=50  %s\n' "from overload to MIGRATE, median" "${#responses[@]}" "$(median "${responses[@]}")" "$verdict" >>"$scratch/balance"
}
