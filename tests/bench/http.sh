# shellcheck shell=bash disable=SC2034,SC2154 # variables of run
# SPDX-License-Identifier: Apache-2.0
# Part of run: the HTTP clients, alone on a processor, against a small server on another.

# Those that this may use, one to a line: taskset(1) says "0-3,5".
processors() { taskset -cp $$ | sed 's/.*: //' | tr , '\n' | awk -F- '{ for (i = $1; i <= $NF; ++i) print i }'; }

http_server=''
serve_http() { # PROCESSOR
  taskset -c "$1" "$build/tests/bench/http_bench" serve >"$scratch/port" &
  http_server=$!
  local tries
  for ((tries = 0; tries < 100; ++tries)); do
    [ ! -s "$scratch/port" ] || return 0
    sleep 0.05
  done
  die "the bench's HTTP server does not start"
}

bench_http() {
  local n=${rounds:-7} span=3 stop=15 total=30 round port ours=() theirs=() cpus bench=$build/tests/bench/http_bench
  local mean must planned answered verdict=PASS rates=0
  command -v wrk >/dev/null || die "wrk is missing: install the Debian package wrk" 3
  [ "$smoke" = 0 ] || span=1 stop=1 total=2
  mapfile -t cpus < <(processors)
  [ "${#cpus[@]}" -ge 2 ] || die "the bench http needs two processors" 3
  say "http: closed loop and wrk in turn, $n rounds of $span s; then a stop of $stop s in $total s"
  serve_http "${cpus[1]}"
  port=$(cat "$scratch/port")
  for ((round = 0; round < n; ++round)); do
    ours+=("$(taskset -c "${cpus[0]}" "$bench" closed --port "$port" --connections 64 --seconds "$span" | cut -d' ' -f1)")
    theirs+=("$(taskset -c "${cpus[0]}" wrk -t1 -c64 "-d${span}s" "http://127.0.0.1:$port/" | awk '/^Requests\/sec:/ { printf "%.0f", $2 }')")
  done
  rates=$(awk -v a="$(median "${ours[@]}")" -v b="$(median "${theirs[@]}")" 'BEGIN { printf "%.3f", a / b }')
  awk -v r="$rates" 'BEGIN { exit !(r >= 0.9) }' || verdict=under
  printf '%-34s %3d %9s %9s %7s %7s  %s\n' "closed loop against wrk, requests/s" "$n" "$(median "${ours[@]}")" \
    "$(median "${theirs[@]}")" "$rates" ">=0.9" "$verdict" >>"$scratch/http"
  [ "$verdict" = PASS ] || [ "$smoke" = 1 ] || failed=1

  verdict=PASS
  read -r mean must planned answered < <(taskset -c "${cpus[0]}" "$bench" stopped --port "$port" --server "$http_server" \
    --seconds "$total" --stop "$stop" || true)
  [ -n "${answered:-}" ] || die "the open loop failed"
  awk -v m="$mean" -v w="$must" 'BEGIN { exit !(m >= 0.98 * w && m <= 1.02 * w) }' && [ "$planned" = "$answered" ] || verdict=off
  printf '%-34s %3d %9s %9s %7s %7s  %s\n' "mean s with a stop, all planned" "$planned" "$mean" "$must" \
    "$(awk -v m="$mean" -v w="$must" 'BEGIN { printf "%.3f", m / w }')" "+-0.02" "$verdict" >>"$scratch/http"
  [ "$verdict" = PASS ] || [ "$smoke" = 1 ] || failed=1
  kill -KILL "$http_server"
  wait "$http_server" 2>/dev/null || true
  http_server=''
}
