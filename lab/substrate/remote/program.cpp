// SPDX-License-Identifier: Apache-2.0
#include "program.hpp"

namespace migralab {

const char* const remote_program = R"sh(set -u
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL
places=/var/lib/migralab
lio=/sys/kernel/config/target
verb=$1
shift

fail() {
  echo "$*" >&2
  exit 1
}

# of INSTANCE: everything below is about this lab
of() {
  uuid=$1
  place=$places/$uuid
  tag=ml$(printf %.6s "$uuid")
  mine=migralab:$uuid
  lab=$(cat "$place/lab" 2>/dev/null)
  libvirt=$(cat "$place/libvirt" 2>/dev/null)
}

tell() {
  printf '%s\t%s\t%s\t%s\n' "$uuid" "$lab" "$1" "$2"
}

# An interface is ours by its name; between its making and its alias there is a moment.
is_ours() {
  alias=$(cat "/sys/class/net/$1/ifalias" 2>/dev/null)
  [ -e "/sys/class/net/$1" ] && { [ -z "$alias" ] || [ "$alias" = "$mine" ]; }
}

interfaces() {
  for folder in "/sys/class/net/$tag"*; do
    [ -e "$folder" ] && is_ours "${folder##*/}" && echo "${folder##*/}"
  done
}

guests() {
  [ -s "$place/guests" ] || return 0
  known=$(timeout -k 5 30 virsh -q -c "$libvirt" list --all --uuid 2>/dev/null) || {
    echo "libvirt ($libvirt) does not answer: whether guests are left is not known"
    return 0
  }
  for guest in $(cat "$place/guests"); do
    case " $(echo $known) " in
    *" $guest "*) echo "$guest" ;;
    esac
  done
}

session() { # TARGET INTERFACE
  for folder in /sys/class/iscsi_session/session*; do
    [ -e "$folder" ] || continue
    if [ "$(cat "$folder/targetname")" = "$1" ] && [ "$(cat "$folder/ifacename")" = "$2" ]; then
      echo "${folder##*/session}"
      return
    fi
  done
}

# Only what is still there of what was attached, or served. Backwards: a target before what it serves, a loop before its
# file system.
disks() {
  [ -e "$place/disks" ] || return 0
  sort -ru "$place/disks" | while read -r kind one two three; do
    case $kind in
    iscsi) [ -n "$(session "$one" "$three")" ] && echo "$kind $one $two $three" ;;
    nfs) [ -n "$(losetup --noheadings --output NAME --associated "$one/$two" 2>/dev/null)" ] && echo "$kind $one $two" ;;
    mount) mountpoint -q "$one" && echo "$kind $one" ;;
    target) [ -d "$lio/iscsi/$one" ] && echo "$kind $one" ;;
    backstore) [ -d "$lio/core/fileio_0/$one" ] && echo "$kind $one" ;;
    export) exportfs -s 2>/dev/null | grep -qF "$two " && echo "$kind $one $two" ;;
    vblade) [ -e "$one" ] && grep -qF vblade "/proc/$(cat "$one")/cmdline" 2>/dev/null && echo "$kind $one $two" ;;
    esac
  done
}

list() {
  guests | while read -r what; do tell guest "$what"; done
  disks | while read -r what; do tell disk "$what"; done
  interfaces | while read -r what; do tell interface "$what"; done
  [ -e "$place" ] && tell folder "$place"
  return 0
}

# What bears such a name and belongs to no lab that is recorded here.
look_alikes() {
  for folder in /sys/class/net/ml??????[bsupxg]*; do
    [ -e "$folder" ] || continue
    name=${folder##*/}
    owner=
    for other in "$places"/*; do
      [ -e "$other/lab" ] || continue
      of "${other##*/}"
      case $name in
      "$tag"*) is_ours "$name" && owner=$uuid ;;
      esac
    done
    [ -n "$owner" ] && continue
    uuid= lab=
    tell interface "$name"
  done
}

detach() {
  kind=$1 one=$2 two=$3 three=$4
  case $kind in
  iscsi)
    timeout -k 5 60 iscsiadm -m node -T "$one" -p "$two" -I "$three" --logout
    timeout -k 5 30 iscsiadm -m node -T "$one" -p "$two" -I "$three" -o delete
    timeout -k 5 30 iscsiadm -m iface -I "$three" -o delete
    ;;
  nfs)
    for loop in $(losetup --noheadings --output NAME --associated "$one/$two"); do
      losetup --detach "$loop"
    done
    ;;
  mount) umount "$one" || umount -l "$one" ;;
  target)
    group=$lio/iscsi/$one/tpgt_1
    echo 0 >"$group/enable"
    for lun in "$group"/lun/lun_*; do
      [ -d "$lun" ] || continue
      for store in "$lun"/*; do
        [ -L "$store" ] && rm -f "$store"
      done
      rmdir "$lun"
    done
    rmdir "$group"/np/* "$group" "$lio/iscsi/$one"
    ;;
  backstore) rmdir "$lio/core/fileio_0/$one" ;;
  export) exportfs -u "$one:$two" ;;
  vblade)
    kill "$(cat "$one")"
    rm -f "$one" "$two"
    ;;
  esac
} >/dev/null 2>&1 </dev/null

case $verb in
claim) # INSTANCE LAB CONTROLLER LIBVIRT GUEST...: the record comes by standard input
  umask 022 # QEMU, which is another user, opens images below
  of "$1"
  mkdir -p "$place" || exit 1
  chmod 0711 "$place"
  umask 077
  printf '%s' "$2" >"$place/lab" || exit 1
  printf '%s' "$3" >"$place/controller"
  printf '%s' "$4" >"$place/libvirt"
  shift 4
  for guest; do echo "$guest"; done >"$place/guests"
  cat >"$place/record.new" && mv "$place/record.new" "$place/record" && sync -f "$place"
  ;;
network) # INSTANCE INDEX MTU VNI PORT ADDRESS MAC PEER...
  of "$1"
  index=$2 mtu=$3 vni=$4 port=$5 address=$6 mac=$7
  shift 7
  [ -e "$place/lab" ] || fail "this host has no record of the lab: it is being taken down"
  bridge="type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
  named() { ip link set dev "$1" alias "$mine"; }
  if [ ! -e "/sys/class/net/${tag}b$index/brif/${tag}u$index" ]; then # else guests may be on it: it stands
    for end in s b p; do
      is_ours "$tag$end$index" && ip link delete "$tag$end$index"
    done
    set -e
    ip link add name "${tag}s$index" mtu "$mtu" $bridge
    named "${tag}s$index"
    ip link set dev "${tag}s$index" up
    ip link add name "${tag}b$index" mtu "$mtu" address "$mac" $bridge
    named "${tag}b$index"
    ip link add name "${tag}p$index" mtu "$mtu" type veth peer name "${tag}u$index" mtu "$mtu"
    named "${tag}p$index"
    named "${tag}u$index"
    ip link set dev "${tag}p$index" master "${tag}s$index" up
    ip address add "$address" dev "${tag}b$index"
    ip link set dev "${tag}b$index" up
    ip link set dev "${tag}u$index" master "${tag}b$index" up
  fi
  # Anew each time: the controller may have come anew, with another port.
  is_ours "${tag}x$index" && ip link delete "${tag}x$index"
  set -e
  ip link add name "${tag}x$index" mtu "$mtu" type vxlan id "$vni" dstport "$port"
  named "${tag}x$index"
  ip link set dev "${tag}x$index" master "${tag}s$index" up
  # Frames for nobody in particular go to all others.
  for peer; do
    bridge fdb append 00:00:00:00:00:00 dev "${tag}x$index" dst "$peer" self permanent
  done
  ;;
list) # [INSTANCE]
  if [ $# -gt 0 ]; then
    of "$1"
    list
  else
    for folder in "$places"/*; do
      [ -e "$folder/lab" ] || continue
      of "${folder##*/}"
      list
    done
    look_alikes
  fi
  ;;
remove) # INSTANCE
  of "$1"
  guests | while read -r guest _; do
    case $guest in
    *-*-*-*-*) timeout -k 5 60 virsh -q -c "$libvirt" destroy "$guest" >/dev/null 2>&1 </dev/null ;;
    esac
  done
  disks | while read -r kind one two three; do detach "$kind" "$one" "${two-}" "${three-}"; done
  rm -f "/dev/migralab/$tag".* 2>/dev/null
  interfaces | while read -r name; do
    is_ours "$name" && ip link delete "$name" >/dev/null 2>&1 </dev/null
  done
  left=$(list | grep -v "	folder	")
  if [ -z "$left" ]; then
    rm -rf "$place" # the record last
    left=$(list)
  fi
  [ -z "$left" ] && exit 0
  echo "$left"
  exit 1
  ;;
claims)
  for folder in "$places"/*; do
    [ -e "$folder/record" ] && printf '%s ' "${folder##*/}" && tr -d '\n' <"$folder/record" && echo
  done
  exit 0
  ;;
*) fail "migralab: no such verb: $verb" ;;
esac
)sh";

const char* const facts_program = R"sh(exec 2>/dev/null
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL
echo "user $(id -un)"
if [ "$(id -u)" = 0 ]; then
  root=
  echo "root yes"
elif sudo -n true; then
  root="sudo -n"
  echo "root yes"
fi
echo "kernel $(uname -r)"
echo "name $(uname -n)"
echo "connection $SSH_CONNECTION"
if [ "$(cat /sys/hypervisor/type)" = xen ]; then
  echo "hypervisor xen"
elif [ -c /dev/kvm ] && grep -qwE 'vmx|svm' /proc/cpuinfo; then
  echo "hypervisor kvm"
else
  echo "hypervisor none"
fi
[ -S /run/libvirt/libvirt-sock ] && [ -w /run/libvirt/libvirt-sock ] && echo "libvirt yes"
{ [ -d /sys/module/vxlan ] || modinfo vxlan >/dev/null || zcat /proc/config.gz | grep -q '^CONFIG_VXLAN=y'; } && echo "vxlan yes"
grep -m1 'model name' /proc/cpuinfo | sed 's/.*: /processor /'
grep -m1 '^flags' /proc/cpuinfo | sed 's/.*: /flags /'
${root-} sed -n 's/^InitiatorName=/initiator /p' /etc/iscsi/initiatorname.iscsi
{ [ -d /sys/module/iscsi_target_mod ] || modinfo iscsi_target_mod >/dev/null; } && echo "lio yes"
[ "$(cat /proc/fs/nfsd/threads)" -gt 0 ] && echo "nfsd yes"
for program in ip tc bridge virsh qemu-system-x86_64 iscsiadm mount.nfs losetup exportfs vblade; do
  command -v "$program" >/dev/null || echo "missing $program"
done
echo "clock $(date +%s.%N)"
address=$(echo "$SSH_CONNECTION" | cut -d' ' -f3)
device=$(ip -o address | awk -v a="$address/" 'index($4, a) == 1 {print $2; exit}')
echo "mtu $(cat "/sys/class/net/$device/mtu")"
)sh";

} // namespace migralab
