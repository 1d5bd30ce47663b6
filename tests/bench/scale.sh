# shellcheck shell=bash disable=SC2034,SC2154 # variables of run
# SPDX-License-Identifier: Apache-2.0
# Read by tests/bench/run. Labs of 2, 8 and 32 empty hosts: seconds until `up` returns, memory of all of the lab's
# processes (PSS: shared pages divided by who shares them), and how long `ls` and `inspect` take.

scale_topology() { # HOSTS
  local i
  printf 'lab: scale-%d\nnetworks: {lan: }\nhosts:\n' "$1"
  for ((i = 1; i <= $1; ++i)); do
    printf '  h%d: {memory: 256MiB}\n' "$i"
  done
}

# MiB of the processes in the lab's PID namespace, with one decimal.
lab_memory() { # LAB
  local keeper space process kib=0 pss
  keeper=$(sed -n 's/^ *"pid": \([0-9]*\),*$/\1/p' "$XDG_STATE_HOME/migralab/$1/lab.json")
  space=$(readlink "/proc/$keeper/ns/pid")
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/ns/pid" 2>/dev/null)" = "$space" ] || continue
    pss=$(sed -n 's/^Pss: *\([0-9]*\) kB$/\1/p' "$process/smaps_rollup" 2>/dev/null) || continue
    kib=$((kib + ${pss:-0}))
  done
  awk -v k="$kib" 'BEGIN { printf "%.1f", k / 1024 }'
}

# The median of five.
verb_time() { # VERB...
  local i began times=()
  for ((i = 0; i < 5; ++i)); do
    began=$(milliseconds)
    migralab "$@" >/dev/null
    times+=($(($(milliseconds) - began)))
  done
  median "${times[@]}"
}

bench_scale() {
  local n=${rounds:-3} hosts round began ups memory list show verdict first_up='' first_memory=''
  say "scale: 2, 8 and 32 empty hosts, $n rounds"
  printf '%5s %3s %9s %11s %9s %9s %7s %10s\n' hosts n 'up ms' 'ms/host' MiB MiB/host 'ls ms' 'inspect ms' >"$scratch/scale"
  for hosts in 2 8 32; do
    scale_topology "$hosts" >"$scratch/scale-$hosts.lab.yaml"
    ups=()
    for ((round = 0; round < n; ++round)); do
      began=$(milliseconds)
      migralab up "$scratch/scale-$hosts.lab.yaml" >/dev/null 2>"$scratch/up.log" || die "up failed: $(tail -n 5 "$scratch/up.log")"
      ups+=($(($(milliseconds) - began)))
      if [ "$round" = 0 ]; then
        memory=$(lab_memory "scale-$hosts")
        list=$(verb_time ls)
        show=$(verb_time inspect)
      fi
      migralab down "scale-$hosts" >/dev/null
    done
    first_up=${first_up:-$(median "${ups[@]}")}
    first_memory=${first_memory:-$memory}
    # At most linear: no host may cost more than one of the first lab's two, with a tenth for noise.
    verdict=$(awk -v h="$hosts" -v u="$(median "${ups[@]}")" -v m="$memory" -v u0="$first_up" -v m0="$first_memory" -v l="$list" -v i="$show" \
      'BEGIN { print u / h <= 1.1 * u0 / 2 && m / h <= 1.1 * m0 / 2 && u <= 15000 && l <= 100 && i <= 100 ? "PASS" : "over" }')
    [ "$verdict" = PASS ] || [ "$smoke" = 1 ] || failed=1
    awk -v h="$hosts" -v n="$n" -v u="$(median "${ups[@]}")" -v m="$memory" -v l="$list" -v i="$show" -v v="$verdict" \
      'BEGIN { printf "%5d %3d %9d %11.1f %9.1f %9.2f %7d %10d  %s\n", h, n, u, u / h, m, m / h, l, i, v }' >>"$scratch/scale"
  done
}
