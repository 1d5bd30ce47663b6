#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The lab of topologies/quickstart.lab.yaml by hand: what a careful administrator's script does with ip, tc, mke2fs,
# tgtd, tgtadm and virsh, one thing after the other. The peer of `migralab up` in tests/bench/run.
#
# usage: plain_lab.sh GUEST.xml FOLDER CACHE
#   GUEST.xml  the guest's libvirt definition     FOLDER  for its disk and for logs
#   CACHE      what libvirt knows of QEMU's abilities (shared with migralab: neither has to ask QEMU again)
# Says "answers" when the guest answers HTTP; stays until it is killed, and the lab ends with it.
set -euo pipefail

if [ "$1" != --inside ]; then
  rootless=()
  [ "$(id -u)" -eq 0 ] || rootless=(--user --map-root-user --map-auto)
  exec unshare "${rootless[@]}" --net --mount --pid --uts --ipc --fork --mount-proc --kill-child "$0" --inside "$@"
fi
guest=$2 folder=$3 cache=$4
PATH=$PATH:/usr/sbin:/sbin

# Waits without starting a process: nothing ever comes out of this pipe.
exec {nothing}<> <(:)
until_true() {
  until "$@"; do
    read -r -t 0.005 -u "$nothing" || true
  done
}

in_node() { ip netns exec "$@"; }
socket_of() { echo "/run/lab/$1/run/libvirt/libvirt-sock"; }
uri_of() { echo "qemu+unix:///system?socket=$(socket_of "$1")"; }

# link NODE INTERFACE: a cable to the switch, 1 Gbit/s each way
link() {
  ip -netns switch link add "lan.$1" type veth peer name "$2" netns "$1"
  ip -netns switch link set "lan.$1" master lan up
  tc -netns switch qdisc add dev "lan.$1" root tbf rate 1gbit burst 502048b latency 50ms
  ip -netns "$1" link set lo up
  ip -netns "$1" link set "$2" up
  tc -netns "$1" qdisc add dev "$2" root tbf rate 1gbit burst 502048b latency 50ms
}

# host NAME ADDRESS: guests' taps join its bridge
host() {
  ip netns add "$1"
  link "$1" up.lan
  ip -netns "$1" link add lan type bridge stp_state 0 forward_delay 0 mcast_snooping 0
  ip -netns "$1" link set up.lan master lan
  ip -netns "$1" link set lan up
  ip -netns "$1" address add "$2" dev lan
}

# node NAME ADDRESS: a storage server or a client
node() {
  ip netns add "$1"
  link "$1" lan
  ip -netns "$1" address add "$2" dev lan
}

# hypervisor HOST: a libvirtd that shares the machine with others
hypervisor() {
  local own=/run/lab/$1
  mkdir -p "$own"/{etc,run/lock,work} "$own"/var/{lib,cache,log}/libvirt "$folder/$1"
  cat >"$own/etc/libvirtd.conf" <<CONF
host_uuid = "$(</proc/sys/kernel/random/uuid)"
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "3:stderr"
CONF
  cat >"$own/etc/qemu.conf" <<'CONF'
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
CONF
  { cat /etc/passwd && echo 'libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin'; } >"$own/passwd"
  { cat /etc/group && echo 'libvirt-qemu:x:64055:'; } >"$own/group"
  # shellcheck disable=SC2016 # expanded by the inner shell
  in_node "$1" unshare --mount --uts bash -euc '
    own=$1 host=$2 folder=$3 cache=$4
    hostname "$host"
    mount -t overlay -o "lowerdir=/var,upperdir=$own/var,workdir=$own/work" overlay /var
    mount --bind "$own/etc" /etc/libvirt
    mount --bind "$own/passwd" /etc/passwd
    mount --bind "$own/group" /etc/group
    mount --bind "$cache" /var/cache/libvirt
    mount --bind "$folder/$host" /var/log/libvirt
    mount --bind "$own/run" /run
    exec libvirtd
  ' - "$own" "$1" "$folder" "$cache" >"$folder/$1/libvirtd.log" 2>&1 </dev/null &
  until_true test -S "$(socket_of "$1")"
  virsh -q -c "$(uri_of "$1")" hostname >/dev/null
}

new_target() {
  tgtadm --lld iscsi --mode target --op new --tid 1 --targetname "$target" 2>/dev/null
}

# From the client's network; in a subshell, which closes the connection.
answers_http() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  in_node client bash -c '
    exec 3<>/dev/tcp/10.10.0.14/80 && printf "GET / HTTP/1.0\r\n\r\n" >&3 && read -r line <&3 &&
      [[ $line == HTTP/1.*" 200"* ]]' 2>/dev/null
}

says_ready() { grep -qs 'migralab: ready' "$folder/h1/web.console.log"; }

mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/lock

ip netns add switch
ip -netns switch link add lan type bridge stp_state 0 forward_delay 0 mcast_snooping 0
ip -netns switch link set lan up
node store 10.10.0.10/24
host h1 10.10.0.11/24
host h2 10.10.0.12/24
node client 10.10.0.13/24

mkdir -p "$folder/content/www"
echo '<!doctype html><title>web</title><h1>web</h1>' >"$folder/content/www/index.html"
head -c 65536 /dev/urandom >"$folder/content/www/64k.bin"
truncate -s 64M "$folder/web.img"
mke2fs -q -F -t ext4 -m 0 -E lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0 -d "$folder/content" "$folder/web.img"

target=$(sed -n "s|.*protocol='iscsi' name='\(.*\)/1'.*|\1|p" "$guest")
in_node store tgtd -f --iscsi portal=10.10.0.10:3260 >"$folder/tgtd.log" 2>&1 </dev/null &
until_true new_target
tgtadm --lld iscsi --mode target --op bind --tid 1 -I ALL
tgtadm --lld iscsi --mode logicalunit --op new --tid 1 --lun 1 -b "$folder/web.img"

hypervisor h1
hypervisor h2
virsh -q -c "$(uri_of h1)" create "$guest" >&2
# Asked earlier, the client would wait on ARP, which asks again only after a whole second.
until_true says_ready
until_true answers_http
echo answers
read -r -u "$nothing"
