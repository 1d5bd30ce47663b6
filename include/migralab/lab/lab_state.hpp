// SPDX-License-Identifier: Apache-2.0
// What is on record about a lab: one folder below state_home(), gone after `down`.
#pragma once

#include "migralab/core/handle.hpp"
#include "migralab/substrate/control_groups.hpp"
#include "migralab/substrate/keeper.hpp"
#include "migralab/topology/topology.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace migralab {

struct LabState {
  enum class Phase { starting, up };
  std::string lab;
  std::string uuid;    // of this instance; guests' and hosts' UUIDs derive from it
  std::string created; // UTC
  Phase phase = Phase::starting;
  std::string accelerator;                          // "kvm" or "tcg"
  KeeperRecord keeper;                              // pid 0: none was started yet
  std::map<std::string, std::string> image_digests; // image name -> digest
  std::set<std::string> layered = {};               // images that guests' disks are layers over
  std::filesystem::path topology_file;              // where the user had it
  ControlGroups groups = {};                        // none: limits of processors and memory are not enforced
  /// Of a simulated lab: host by guest. It has no keeper, and no process: this is all there is of it.
  std::optional<std::map<std::string, std::string>> simulated = {};
};

/// A small letter, then up to 30 small letters, digits and '-'.
[[nodiscard]] bool is_lab_name(const std::string& text);

/// The files of one lab.
class LabFolder {
public:
  /// Throws Error (exit code 2) when `lab` is not the name of a lab.
  explicit LabFolder(const std::string& lab);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path topology() const { return path_ / "topology.lab.yaml"; }
  [[nodiscard]] std::filesystem::path logs(const std::string& node) const { return path_ / "logs" / node; }
  /// The private key that may log in to the lab's guests; its public half is the same path with ".pub".
  [[nodiscard]] std::filesystem::path key() const { return path_ / "ssh" / "key"; }
  /// The host keys of the lab's guests, as they were at the first login.
  [[nodiscard]] std::filesystem::path known_hosts() const { return path_ / "ssh" / "known_hosts"; }
  /// What a guest of a cloud image is told, as a file that all hosts see.
  [[nodiscard]] std::filesystem::path seed_of(const std::string& guest) const {
    return path_ / "seeds" / (guest + ".iso");
  }
  /// The disks that a storage server exports.
  [[nodiscard]] std::filesystem::path disks_of(const std::string& storage) const { return path_ / "disks" / storage; }
  /// The disks that are a host's own.
  [[nodiscard]] std::filesystem::path local_disks_of(const std::string& host) const {
    return path_ / "local-disks" / host;
  }

  /// Nothing when there is no lab, or none that came far enough to have a record. Throws Error on a damaged record.
  [[nodiscard]] std::optional<LabState> read() const;
  void write(const LabState& state) const;

private:
  std::filesystem::path path_;
};

/// Labs that have a folder, sorted.
[[nodiscard]] std::vector<std::string> lab_names();

/// The lab that a verb means: `name`, or the only one. Throws Error that lists what there is (exit code 2).
[[nodiscard]] std::string choose_lab(const std::string& name);

/// Only one process changes a lab at a time. Ends with its owner, also after kill -9.
class LabLock {
public:
  /// Makes the folder when `create`; throws Error that names the holder when another process has the lock for longer
  /// than `limit`. Without a folder, and not `create`, nothing is held.
  LabLock(const LabFolder& folder, const std::string& verb, bool create, Nanoseconds limit);

  /// False when the folder went away while we waited (not when `create`).
  [[nodiscard]] bool held() const { return static_cast<bool>(file_); }

private:
  UniqueFd file_;
};

/// Whether a lab that is not up yet will ever be: false once its `up` was killed.
[[nodiscard]] bool is_being_made(const LabFolder& folder);

/// A UUID that is always the same for the same two texts (RFC 4122 shape, SHA-256 inside).
[[nodiscard]] std::string derived_uuid(const std::string& space, const std::string& name);

/// A locally administered MAC of QEMU's range, always the same for a guest's interface on a network.
[[nodiscard]] std::string mac_address(const std::string& lab, const std::string& guest, const std::string& network);

} // namespace migralab
