// SPDX-License-Identifier: Apache-2.0
// How each step of a plan is done: on the namespace substrate, (machines.cpp) on machines, and (remotes.cpp) on hosts
// that outlive the lab. Used inside the lab.
#pragma once

#include "migralab/hypervisor/guest.hpp"
#include "migralab/image/image.hpp"
#include "migralab/lab/lab_state.hpp"
#include "migralab/lab/remote.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/process/command_runner.hpp"
#include "migralab/storage/storage.hpp"
#include "migralab/topology/topology.hpp"

#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace migralab {

class Performer {
public:
  Performer(
      const Topology& topology,
      const LabState& state,
      const std::map<std::string, GuestImage>& images,
      CommandRunner& runner);

  /// Thread-safe for different steps.
  void perform(const Step& step);

  void operator()(const MakeNode& step);
  void operator()(const MakeBridges& step);
  void operator()(const MakeLink& step);
  void operator()(const MeasureLinks& step);
  void operator()(const StartStorage& step);
  void operator()(const MakeDisk& step);
  void operator()(const ExportDisk& step);
  void operator()(const VerifyDisk& step);
  void operator()(const BootMachine& step);
  void operator()(const JoinUplink& step);
  void operator()(const JoinRemote& step);
  void operator()(const StartHypervisor& step);
  void operator()(const PutImage& step);
  void operator()(const AttachDisk& step);
  void operator()(const LimitGuestLink& step);
  void operator()(const KeepSecret& step);
  void operator()(const StartGuest& step);
  void operator()(const AwaitGuest& step);

  /// The middle one of "ssh-ed25519 BASE64 COMMENT": what may log in to the lab's guests and machines.
  [[nodiscard]] static std::string public_key(const LabFolder& folder);

private:
  /// The remote host that a step changes; empty: none.
  [[nodiscard]] std::string remote_host_of(const Step& step) const;
  void perform_here(const Step& step);
  [[nodiscard]] RemotePeers peers_of(const MakeLink& link, const RemoteUnderlay& underlay) const;
  [[nodiscard]] std::filesystem::path
  image_there(const std::string& host, const std::string& image, const char* part) const;
  [[nodiscard]] std::filesystem::path console_there(const std::string& host, const std::string& guest) const;
  void run_all(const std::vector<Command>& commands);
  [[nodiscard]] bool is_xen(const std::string& host) const;
  void run_there(const std::string& host, const Command& command);
  [[nodiscard]] std::filesystem::path make_data_disk(const BootMachine& step) const;
  /// Made here, as a namespace server's is, and taken along.
  void make_disk_there(const DiskPlan& disk, const std::filesystem::path& name);
  void enter_machine(const std::string& host);
  void expect_no_failure(const std::string& host) const;
  /// How a machine has ended that should run; empty: all run.
  [[nodiscard]] std::string ended_machine();
  void expect_machines_run();
  [[nodiscard]] std::string hosts_file() const;
  /// What libxl, or the guest's QEMU, has said there, as a file of the lab's folder.
  [[nodiscard]] std::filesystem::path fetch_log_of_guest(const std::string& host, const std::string& guest);
  /// False on a remote Xen host whose xenconsoled keeps none: then only its address is asked.
  [[nodiscard]] bool has_console_log(const std::string& host, const std::string& guest);
  [[nodiscard]] std::string console_of(const std::string& host, const std::string& guest);
  [[nodiscard]] GuestDefinition define_for_machine(GuestDefinition definition, const GuestSpec& guest);
  [[nodiscard]] std::optional<OutboundRoute> route_of(const GuestSpec& guest) const;
  void write_resolver(const std::string& node) const;
  [[nodiscard]] GuestLimits enforceable_limits(const GuestSpec& guest) const;
  [[nodiscard]] GuestDefinition define(const GuestSpec& guest, const std::optional<DiskPlan>& disk);
  [[nodiscard]] std::filesystem::path console_log(const std::string& host, const std::string& guest) const;

  const Topology& topology_;
  const LabState& state_;
  const std::map<std::string, GuestImage>& images_;
  CommandRunner& runner_;
  LabFolder folder_;
  std::mutex mutex_; // of the maps below, and of the record of networks
  std::map<std::pair<std::string, std::string>, DiskSource> sources_; // by storage and disk
  struct Machine {
    int process;
    std::optional<CommandResult> end = {};
  };
  std::map<std::string, Machine> machines_; // by node
};

} // namespace migralab
