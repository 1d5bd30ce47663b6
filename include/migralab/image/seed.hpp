// SPDX-License-Identifier: Apache-2.0
// What a guest of a cloud image is told: a seed for cloud-init's data source NoCloud
// (https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html).
#pragma once

#include "migralab/image/image.hpp"
#include "migralab/process/command_runner.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace migralab {

struct CloudGuest {
  std::string guest;
  std::string instance; // one that cloud-init has not seen: it sets a guest up once per instance
  std::vector<GuestNic> nics = {};
  std::optional<OutboundRoute> route = {};
  std::string key; // the ed25519 public key that may log in as root, without its type and comment
};

/// The files of a seed.
struct CloudSeed {
  std::string meta_data;
  std::string user_data;      // #cloud-config
  std::string network_config; // version 2
};

/// The guest says "migralab: ready" on its first serial port as the last thing of its first boot. Where it has a
/// Python, which cloud-init is written in, and systemd, it answers UDP echo. Pure.
[[nodiscard]] CloudSeed cloud_seed(const CloudGuest& guest);

/// Throws Error, exit code 3, when the program that make_seed() runs is not there.
void expect_seed_tool();

/// Writes the seed as a file system that cloud-init finds by its label (ISO 9660, cidata). Throws Error.
void make_seed(CommandRunner& runner, const std::filesystem::path& file, const CloudSeed& seed);

} // namespace migralab
