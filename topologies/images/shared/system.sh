# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the second halves of our inits have in common, on a root file system of Debian's; sourced after guest.sh.

# What systemd would mount, links that udev would make, and the names of the machine itself.
set_up_system() {
  mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run || fail "cannot mount /run"
  mkdir -p /run/lock /run/sshd /dev/pts /dev/shm
  mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts || fail "cannot mount /dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs /dev/shm || fail "cannot mount /dev/shm"
  mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs /tmp || fail "cannot mount /tmp"
  ln -sf /proc/self/fd /dev/fd # without it Xen's scripts for disks spin for ever
  ln -sf /proc/self/fd/0 /dev/stdin
  ln -sf /proc/self/fd/1 /dev/stdout
  ln -sf /proc/self/fd/2 /dev/stderr
  ln -sf /proc/self/mounts /etc/mtab
  name=$(hostname)
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >/etc/hosts
  echo "$name" >/etc/hostname
}

# The file system is as large as the image; the disk may be larger. Done once, and then again only where it grew.
grow_root() { # DEVICE
  resize2fs "$1" >/run/resize2fs.log 2>&1 || fail "cannot grow the root file system: $(cat /run/resize2fs.log)"
}

start_ssh() { # KEY
  mkdir -p /root/.ssh
  echo "ssh-ed25519 $1 lab" >/root/.ssh/authorized_keys
  chmod -R go= /root/.ssh
  [ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
  /usr/sbin/sshd || fail "cannot start the ssh server"
}

# A shell on the console for ever. It is also who reaps what loses its parent: dash waits for any child (wait3(2)).
serve_console() { # DEVICE
  while :; do
    # shellcheck disable=SC2094 # a terminal
    setsid --ctty --wait bash -l <"$1" >"$1" 2>&1
    sleep 1 # a console at end of file must not become a busy loop
  done
}
