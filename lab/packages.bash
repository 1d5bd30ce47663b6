# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For lab/quickstart and tests/run: installs the packages of lab/packages.txt that are missing. Sourced.

say() { printf '== %s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
  exit "${3:-1}"
}

# missing_packages FILE SECTION... : what dpkg does not have, one to a line.
missing_packages() {
  local file=$1 section='' line wanted
  shift
  wanted=" $* "
  while IFS= read -r line; do
    case $line in
      '' | '#'*) ;;
      '['*) section=${line//[\[\]]/} ;;
      *)
        if [[ $wanted == *" $section "* ]] &&
          ! dpkg-query -W -f='${Status}\n' "$line" 2>/dev/null | grep -q '^install ok installed'; then
          printf '%s\n' "$line"
        fi
        ;;
    esac
  done <"$file"
}

# install_missing FILE SECTION... : asks for root only when something is missing.
install_missing() {
  local missing
  command -v dpkg-query >/dev/null ||
    die "this is no Debian system" "install what $1 names by hand, then build with cmake" 3
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  say "installing Debian packages: ${missing//$'\n'/ }"
  local -a elevate=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      die "packages are missing and you are not root" "as root: apt-get install --no-install-recommends ${missing//$'\n'/ }" 3
    elevate=(sudo)
  fi
  # shellcheck disable=SC2086 # the names are to be split
  "${elevate[@]}" bash -s -- $missing <<'AS_ROOT' || die "the packages could not be installed" "see apt's messages above; lists out of date? apt-get update" 3
set -eu
# A policy of our own, only where the machine has none: maintainer scripts must not start libvirtd or tgtd.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -q --no-install-recommends "$@" >&2 </dev/null; }
# A fresh machine has no package lists yet, an old one has wrong ones.
install "$@" || { apt-get update -q >&2 && install "$@"; }
AS_ROOT
}

# run_logged WHAT LOG COMMAND... : quiet unless it fails.
run_logged() {
  local what=$1 log=$2
  shift 2
  say "$what"
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    die "$what: failed" "the whole log is $log"
  fi
}
