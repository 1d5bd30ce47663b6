# shellcheck shell=bash disable=SC2034,SC2154 # variables of run
# SPDX-License-Identifier: Apache-2.0
# Read by tests/bench/run. Three guests on a host of one processor: `neighbour` counts as fast as it can, alone, beside
# `capped` (a tenth of a processor at most) and beside `free` (no limit), each of which does nothing but loop. What
# `neighbour` keeps of what it does alone tells how well the cap isolates. Needs root: control groups.

isolation_topology() {
  cat <<'EOF'
lab: isolation
networks: {lan: }
hosts: {h1: {memory: 1GiB, cpus: 1}}
guests:
  neighbour: {memory: 128MiB}
  capped: {memory: 128MiB, limits: {cpu: {quota: 10%}}}
  free: {memory: 128MiB}
EOF
}

# How far the guest counts in five seconds of its own clock.
count_in() { # GUEST
  # shellcheck disable=SC2016 # the guest expands it
  migralab exec "$1" -- sh -c 'read now _ </proc/uptime; end=$((${now%.*} + 5)); i=0
    while read now _ </proc/uptime && [ "${now%.*}" -lt "$end" ]; do i=$((i + 1)); done; echo "$i"'
}

loop_in() { migralab exec "$1" -- timeout 9 sh -c 'while :; do :; done' || true; } # GUEST

# Processor time of a guest's group so far, in microseconds.
used_by() { # GUEST
  local group
  group=$(find /sys/fs/cgroup -type d -path '*/migralab-isolation-*' -name "*-$1.libvirt-qemu" -exec test -e '{}/cpuacct.usage' -o -e '{}/cpu.max' ';' -print 2>/dev/null | head -n 1)
  if [ -e "$group/cpuacct.usage" ]; then
    echo $(($(cat "$group/cpuacct.usage") / 1000))
  else
    sed -n 's/^usage_usec //p' "$group/cpu.stat"
  fi
}

beside() { # GUEST: counts into $counted, and what the guest used, in per cent of a processor, into $share
  local before began loop
  loop_in "$1" &
  loop=$!
  sleep 1
  before=$(used_by "$1")
  began=$(milliseconds)
  counted=$(count_in neighbour)
  share=$((($(used_by "$1") - before) / 10 / ($(milliseconds) - began)))
  wait "$loop"
}

bench_isolation() {
  local n=${rounds:-5} round counted share alone=() capped=() free=() capped_share=() free_share=() verdict
  if [ "$(id -u)" -ne 0 ]; then
    say "isolation: left out, it needs root"
    return
  fi
  say "isolation: a guest alone, beside one with a cap, beside one without, $n rounds"
  isolation_topology >"$scratch/isolation.lab.yaml"
  migralab up "$scratch/isolation.lab.yaml" >/dev/null 2>"$scratch/up.log" || die "up failed: $(tail -n 5 "$scratch/up.log")"
  if grep -q 'not enforced' "$scratch/up.log"; then
    say "isolation: left out: $(grep 'not enforced' "$scratch/up.log")"
    migralab down isolation >/dev/null
    return
  fi
  for ((round = 0; round < n; ++round)); do
    alone+=("$(count_in neighbour)")
    beside capped
    capped+=("$counted") capped_share+=("$share")
    beside free
    free+=("$counted") free_share+=("$share")
  done
  migralab down isolation >/dev/null
  # At its cap: not above 10 % (and a fifth of that for the slack of its periods). The neighbour: at least two thirds of
  # what it does alone, where without a cap it is left half.
  verdict=$(awk -v a="$(median "${alone[@]}")" -v c="$(median "${capped[@]}")" -v s="$(median "${capped_share[@]}")" \
    'BEGIN { print (s <= 12 && c >= a * 2 / 3) ? "PASS" : "over" }')
  [ "$verdict" = PASS ] || [ "$smoke" = 1 ] || failed=1
  awk -v n="$n" -v a="$(median "${alone[@]}")" -v c="$(median "${capped[@]}")" -v f="$(median "${free[@]}")" \
    -v cs="$(median "${capped_share[@]}")" -v fs="$(median "${free_share[@]}")" -v v="$verdict" 'BEGIN {
      printf "%-34s %3s %9s %7s %12s\n", "neighbour on a host of 1 processor", "n", "counted", "ratio", "other uses"
      printf "%-34s %3d %9d %7.3f %12s\n", "alone", n, a, 1, "-"
      printf "%-34s %3d %9d %7.3f %10d %%  %s\n", "beside a loop, quota 10%", n, c, c / a, cs, v
      printf "%-34s %3d %9d %7.3f %10d %%\n", "beside a loop, no quota", n, f, f / a, fs
    }' >"$scratch/isolation"
}
