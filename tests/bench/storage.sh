# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # rounds and lab are those of tests/bench/run, which sources this
# `migralab storage bench` against iscsi-perf, both with libiscsi, from the same host to the same server.

# Nanoseconds per request of iscsi-perf, reading 4 KiB at random from the guest's disk with DEPTH requests in flight.
by_iscsi_perf() { # DEPTH
  migralab exec h1 -- iscsi-perf -m "$1" -b 8 -t "$span" -r "iscsi://10.10.0.10/iqn.2026-11.org.migralab:$lab.store/1" 2>&1 |
    tr '\r' '\n' | awk '{ for (i = 1; i < NF; ++i) if ($i == "average") iops = $(i + 1) } END { if (iops > 0) printf "%d\n", 1e9 / iops }'
}
by_bench() { # DEPTH
  migralab storage bench "$lab" --from h1 --read --block 4KiB --depth "$1" --seconds "$span" --json |
    awk -F '[:,]' '/"requests_per_second"/ { printf "%d\n", 1e9 / $2 }'
}

bench_storage() {
  local n=${rounds:-5} span=3 round depth
  [ "$smoke" = 0 ] || span=1
  say "storage: migralab and iscsi-perf in turn, $n rounds"
  command -v iscsi-perf >/dev/null || die "iscsi-perf is missing: install the Debian package libiscsi-bin" 3
  lab_up
  for depth in 1 32; do
    local ours=() theirs=()
    for ((round = 0; round < n; ++round)); do
      ours+=("$(by_bench "$depth")")
      theirs+=("$(by_iscsi_perf "$depth")")
      [ -n "${theirs[-1]}" ] || die "iscsi-perf told no average"
    done
    row "storage, depth $depth (ns a request)" "$n" "$(median "${ours[@]}")" "$(median "${theirs[@]}")" 1.10
  done
  lab_down
}
