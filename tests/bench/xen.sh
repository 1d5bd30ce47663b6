# shellcheck shell=bash disable=SC2034,SC2154 # variables of run
# SPDX-License-Identifier: Apache-2.0
# Read by tests/bench/run. Xen hosts, which are emulated machines: how long until two of them answer libvirt, and what a
# command on one costs against the same through an ssh connection opened by hand.

bench_xen() {
  local n=${rounds:-3} commands=100 round began ups=() ours theirs verdict=PASS keeper key target
  [ "$smoke" = 0 ] || commands=5
  say "xen: two hosts up, $n rounds; $commands commands on one"
  cat >"$scratch/xen.lab.yaml" <<'LAB'
lab: xen-bench
networks: {lan: }
hosts:
  xen1: {hypervisor: xen, memory: 256MiB}
  xen2: {hypervisor: xen, memory: 256MiB}
LAB
  migralab image build xen-host >/dev/null 2>"$scratch/up.log" || die "no image: $(tail -n 5 "$scratch/up.log")"
  for ((round = 0; round < n; ++round)); do
    [ "$round" = 0 ] || migralab down xen-bench >/dev/null
    began=$(milliseconds)
    migralab up "$scratch/xen.lab.yaml" 2>"$scratch/up.log" >&2 || die "up failed: $(tail -n 5 "$scratch/up.log")"
    ups+=($(($(milliseconds) - began)))
  done
  [ "$(median "${ups[@]}")" -le 60000 ] || { verdict=over && [ "$smoke" = 1 ] || failed=1; }
  note "two Xen hosts answer libvirt" "$n" "$(median "${ups[@]}")" - - "60000 ms" "$verdict"

  began=$(milliseconds)
  for ((round = 0; round < commands; ++round)); do
    migralab exec --lab xen-bench xen1 -- true </dev/null
  done
  ours=$(($(milliseconds) - began))

  keeper=$(sed -n 's/^ *"pid": \([0-9]*\),*$/\1/p' "$XDG_STATE_HOME/migralab/xen-bench/lab.json")
  key=$XDG_STATE_HOME/migralab/xen-bench/ssh/key
  target=(ssh -F /dev/null -i "$key" -o IdentitiesOnly=yes -o BatchMode=yes -o LogLevel=ERROR
    -o "UserKnownHostsFile=$XDG_STATE_HOME/migralab/xen-bench/ssh/known_hosts.xen1" -o "ControlPath=$scratch/hand.sock" root@169.254.77.2)
  in_xen_bench() {
    local user=()
    [ "$(id -u)" -eq 0 ] || user=(--user)
    nsenter --target "$keeper" "${user[@]}" --mount --pid nsenter --net=/run/migralab/xen1/ns/net "$@"
  }
  in_xen_bench "${target[@]}" -M -N -f
  began=$(milliseconds)
  for ((round = 0; round < commands; ++round)); do
    in_xen_bench "${target[@]}" true </dev/null
  done
  theirs=$(($(milliseconds) - began))
  row "$commands commands against ssh" 1 "$ours" "$theirs" 1.50
  migralab down xen-bench >/dev/null
}
