// SPDX-License-Identifier: Apache-2.0
#include "migralab/storage/initiator.hpp"

#include "migralab/core/error.hpp"
#include "migralab/storage/secret.hpp"

#include <fmt/format.h>
#include <variant>

namespace migralab {

namespace {

constexpr auto attach_limit =
    std::chrono::seconds(150); // by an emulated machine among others, one disk after the other

// Programs, not texts with the user's words in them: these are their arguments, and the guest's name is the first. One
// at a time on a machine: they share files of settings.

// How each begins.
constexpr auto beginning = R"sh(set -eu
guest=$1
device=/dev/migralab/$guest
exec 9>/run/migralab.disks.lock
flock -w 110 9 || {
  echo "another disk is being attached there" >&2
  exit 1
}
mkdir -p /dev/migralab
# On hosts that outlive the lab: alone with it, and not once it is being taken down.
if [ -n "${MIGRALAB_RECORD-}" ]; then
  place=${MIGRALAB_RECORD%/*}
  exec 8>"${place%/*}/.lock-$MIGRALAB_PREFIX"
  flock -w 110 8 || {
    echo "another command works for this lab there" >&2
    exit 1
  }
  [ -e "$place/lab" ] || {
    echo "this host has no record of the lab: it is being taken down" >&2
    exit 1
  }
fi
recorded() { # before the act
  [ -z "${MIGRALAB_RECORD-}" ] || { echo "$*" >>"$MIGRALAB_RECORD" && sync "$MIGRALAB_RECORD"; }
}
tell_size() { # which the kernel knows by heart; so the server has to answer first
  dd if="$device" of=/dev/null bs=4096 count=1 iflag=direct 2>/dev/null 8>&- 9>&- &
  reader=$! # not timeout(1): nothing ends a process that waits for a disk
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    for _ in 1 2 3 4 5; do
      kill -0 "$reader" 2>/dev/null || break 2
      sleep 0.2
    done
  done
  if kill -0 "$reader" 2>/dev/null || ! wait "$reader"; then
    echo "the server does not answer" >&2
    exit 1
  fi
  blockdev --getsize64 "$device"
}
)sh";

// iscsiadm(8): a record of its own (-I) gives each LUN a session of its own, which scans for that LUN only. Its
// settings are added to the record's file, of which the last one of a name counts: the secret of CHAP is on no command
// line, and what the machine's own records start with stays as it is.
constexpr auto attach_iscsi = R"sh(
target=$2 portal=$3,1 lun=$4 # with the group of portals: without it iscsiadm keeps one record for all interfaces
iface=${MIGRALAB_PREFIX-}lun$lun.$(printf %s "$target" | cksum | cut -d' ' -f1)
umask 077
settings=$(cat)
recorded iscsi "$target" "$portal" "$iface"
iscsiadm -m iface -I "$iface" -o show >/dev/null 2>&1 || {
  iscsiadm -m iface -I "$iface" -o new >/dev/null
  iscsiadm -m iface -I "$iface" -o update -n iface.transport_name -v tcp >/dev/null
}
session() {
  for folder in /sys/class/iscsi_session/session*; do
    [ -e "$folder" ] || continue
    if [ "$(cat "$folder/targetname")" = "$target" ] && [ "$(cat "$folder/ifacename")" = "$iface" ]; then
      echo "$folder"
      return
    fi
  done
}
if [ -z "$(session)" ]; then
  iscsiadm -m node -T "$target" -p "$portal" -I "$iface" -o new >/dev/null
  file=$(find "/etc/iscsi/nodes/$target" -type f -name "$iface")
  [ -n "$file" ] || {
    echo "iscsiadm made no record of $target for $iface" >&2
    exit 1
  }
  { grep -v '^# END RECORD' "$file"; printf '%s\n' "$settings"; echo '# END RECORD'; } >"/run/migralab.$iface"
  cat "/run/migralab.$iface" >"$file"
  rm -f "/run/migralab.$iface"
  iscsiadm -m node -T "$target" -p "$portal" -I "$iface" --login >/dev/null
fi
folder=$(session)
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  for disk in "$folder"/device/target*/*:"$lun"/block/*; do
    if [ -b "/dev/${disk##*/}" ]; then
      ln -sfn "/dev/${disk##*/}" "$device"
      tell_size
      exit 0
    fi
  done
  for host in "$folder"/device/../scsi_host/host*; do
    [ -e "$host/scan" ] && echo "0 $(cat "$folder/target_id") $lun" >"$host/scan"
  done
  sleep 0.2
done
echo "the session stands, but LUN $lun does not appear" >&2
exit 1
)sh";

// No lock daemon: the servers of labs have none. Direct I/O, so that no host keeps pages of a disk that another one
// writes after a migration.
constexpr auto attach_nfs = R"sh(
server=$2 folder=$3 file=$4
place=/run/migralab/nfs/${MIGRALAB_PREFIX-}$server
recorded nfs "$place" "$file"
recorded mount "$place"
mkdir -p "$place"
mountpoint -q "$place" || mount -t nfs -o vers=3,proto=tcp,mountproto=tcp,nolock,hard,noac "$server:$folder" "$place"
loop=$(losetup --noheadings --output NAME --associated "$place/$file" | head -n 1)
[ -n "$loop" ] || loop=$(losetup --find --show --direct-io=on "$place/$file")
ln -sfn "$loop" "$device"
tell_size
)sh";

constexpr auto attach_aoe = R"sh(
shelf=$2 slot=$3
[ -e /dev/etherd/discover ] || modprobe aoe || {
  echo "its kernel has no AoE initiator (module aoe)" >&2
  exit 1
}
recorded aoe "e$shelf.$slot"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  if [ -b "/dev/etherd/e$shelf.$slot" ]; then
    ln -sfn "/dev/etherd/e$shelf.$slot" "$device"
    tell_size
    exit 0
  fi
  echo >/dev/etherd/discover
  sleep 0.2
done
echo "no AoE server on the machine's networks has disk e$shelf.$slot" >&2
exit 1
)sh";

/// What records of iscsiadm start with: no login by itself, no LUN but the one that is asked for, and an error for the
/// guest after two minutes without the server.
std::string settings_of(const IscsiSource& source) {
  std::string text =
      "node.startup = manual\nnode.session.scan = manual\nnode.session.timeo.replacement_timeout = 120\n";
  if (source.chap) {
    text += fmt::format(
        "node.session.auth.authmethod = CHAP\nnode.session.auth.username = {}\nnode.session.auth.password = {}\n",
        source.chap->user,
        read_secret(source.chap->secret_file));
  }
  return text;
}

Command program(const char* text, const std::vector<std::string>& arguments, std::string input = {}) {
  Command command{
      .argv = {"sh", "-c", std::string(beginning) + text, "sh"}, .input = std::move(input), .timeout = attach_limit};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  return command;
}

struct Attach {
  const std::string& guest;

  Command operator()(const IscsiSource& source) const {
    return program(
        attach_iscsi,
        {guest, source.target, fmt::format("{}:{}", source.portal, source.port), std::to_string(source.lun)},
        settings_of(source));
  }
  Command operator()(const NfsSource& source) const {
    const std::filesystem::path path = source.path;
    return program(attach_nfs, {guest, source.server, path.parent_path().native(), path.filename().native()});
  }
  Command operator()(const AoeSource& source) const {
    return program(attach_aoe, {guest, std::to_string(source.shelf), std::to_string(source.slot)});
  }
  Command operator()(const FileSource& source) const { return no_server(source.path); }
  Command operator()(const BlockSource& source) const { return no_server(source.path); }

  static Command no_server(const std::filesystem::path& path) {
    throw Error(fmt::format("{} is no disk of a storage server", path.native()));
  }
};

} // namespace

std::filesystem::path attached_disk(const std::string& guest) {
  return std::filesystem::path("/dev/migralab") / guest;
}

Command attach_disk_command(const DiskSource& source, const std::string& guest) {
  return std::visit(Attach{guest}, source);
}

} // namespace migralab
