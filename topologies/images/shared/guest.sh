# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the inits of our images have in common; sourced. Everything a guest is told comes on the kernel command line
# (kernel_arguments() in include/migralab/image/image.hpp): migralab.guest=NAME, migralab.nic=MAC,ADDRESS/PREFIX,
# migralab.key=BASE64, migralab.services=a,b, migralab.gateway=ADDRESS and migralab.dns=ADDRESS where there is a way out;
# to hosts that are machines (include/migralab/substrate/machine.hpp) also migralab.port=MAC,NAME.
# A guest says "migralab: ready" on the console when all of it is up, else one line "migralab: FAILED: why" for each
# failure. A failure is no reason to stop: a shell on the console is worth more than a kernel panic.

failures=${failures:-0}

fail() {
  failures=$((failures + 1))
  echo "migralab: FAILED: $*"
}

load_modules() {
  while read -r module; do
    case $module in
      xen-*front.ko) [ -e /sys/hypervisor/type ] || continue ;; # not where there is no Xen
      kvm-amd.ko) grep -qw svm /proc/cpuinfo || continue ;;
      kvm-intel.ko) grep -qw vmx /proc/cpuinfo || continue ;;
    esac
    # An empty line would be a mistake of the image builder, a refused module one of kernel and image.
    insmod "/lib/modules/$module" || fail "cannot load $module"
  done </etc/modules
}

# The guest's disk, by what gives it: virtio, or Xen. Nothing when it has none.
first_disk() {
  for disk in /dev/vda /dev/xvda; do
    if [ -b "$disk" ]; then
      echo "$disk"
      return
    fi
  done
}

# Where a shell belongs: what the kernel command line says.
console() {
  grep -q 'console=hvc0' /proc/cmdline && echo /dev/hvc0 || echo /dev/ttyS0
}

# Which interface has which number is the kernel's business; the MAC is the identity that lab and guest share. Sets
# `interface`.
find_interface() { # MAC
  for folder in /sys/class/net/*; do
    read -r mac <"$folder/address" || continue
    if [ "$mac" = "$1" ]; then
      interface=${folder##*/}
      return 0
    fi
  done
  fail "no network interface has the address $1"
  return 1
}

configure_nic() { # MAC,ADDRESS/PREFIX
  find_interface "${1%%,*}" || return
  ip addr add "${1#*,}" broadcast + dev "$interface" || fail "cannot give $interface the address ${1#*,}"
  ip link set "$interface" up || fail "cannot bring up $interface"
}

# Of a host: a card by a name that does not depend on the order in which the kernel found it.
name_port() { # MAC,NAME
  find_interface "${1%%,*}" || return
  ip link set "$interface" name "${1#*,}" || fail "cannot call $interface ${1#*,}"
}

# Modules, host name and addresses. /proc, /sys and /dev are mounted.
set_up_machine() {
  load_modules
  ip link set lo up || fail "cannot bring up lo"
  read -r arguments </proc/cmdline
  for argument in $arguments; do
    case $argument in
      migralab.guest=*) hostname "${argument#*=}" ;;
      migralab.port=*) name_port "${argument#*=}" ;;
      migralab.nic=*) configure_nic "${argument#*=}" ;;
      migralab.gateway=*) ip route add default via "${argument#*=}" || fail "cannot route by ${argument#*=}" ;;
    esac
  done
}

# Sets `key` and `services` to what the kernel command line says, and who is asked for names.
# shellcheck disable=SC2034 # they are for who sources this
read_wishes() {
  services=''
  key=''
  read -r arguments </proc/cmdline
  for argument in $arguments; do
    case $argument in
      migralab.dns=*) echo "nameserver ${argument#*=}" >/etc/resolv.conf ;;
      migralab.key=*) key=${argument#*=} ;;
      migralab.services=*) services=${argument#*=} ;;
    esac
  done
}

# The port in hex as /proc/net/udp writes it: true as soon as somebody has it open.
wait_for_udp() {
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    while read -r _ local _; do
      [ "${local#*:}" = "$1" ] && return 0
    done </proc/net/udp
    sleep 0.05
  done
  return 1
}

start_echo() {
  responder --udp 7 &
  wait_for_udp 0007 || fail "the responder does not listen on UDP port 7"
}
