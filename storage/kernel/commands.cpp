// SPDX-License-Identifier: Apache-2.0
#include "migralab/storage/kernel_server.hpp"

#include "migralab/core/error.hpp"
#include "migralab/storage/secret.hpp"
#include "storage_script.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

constexpr unsigned iscsi_port = 3260;
constexpr auto start_limit = std::chrono::minutes(4); // emulated: making the file system, and the NFS server's daemons
constexpr auto answer_limit = std::chrono::minutes(1);
constexpr auto copy_limit = std::chrono::minutes(5);

/// A machine that the lab boots has the script in its image; to others it is told, with where to keep things.
Command script(const StorageServer& server, std::vector<std::string> words, std::chrono::nanoseconds limit) {
  Command command{.argv = {"migralab-storage"}, .timeout = limit};
  if (!server.prefix.empty()) {
    command.argv = {"sh", "-c", storage_script, "migralab-storage"};
    command.environment = {
        {"MIGRALAB_PREFIX", server.prefix},
        {"MIGRALAB_DISKS", server.disks.native()},
        {"MIGRALAB_RECORD", server.record.native()}};
  }
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  return command;
}

Command about_disk(const char* verb, const StorageServer& server, const DiskPlan& disk) {
  std::vector<std::string> words{verb, to_string(disk.type), disk.guest + ".img"};
  switch (disk.type) {
  case StorageSpec::Type::iscsi:
    words.insert(words.end(), {target_name(server), std::to_string(disk.lun)});
    break;
  case StorageSpec::Type::aoe:
    words.insert(words.end(), {std::to_string(server.shelf), std::to_string(disk.lun), server.interface});
    break;
  case StorageSpec::Type::nfs:
  case StorageSpec::Type::local:
    break;
  }
  return script(server, std::move(words), answer_limit);
}

} // namespace

Command start_server_command(const StorageServer& server, StorageSpec::Type type) {
  std::vector<std::string> words{"start", to_string(type)};
  std::string secret;
  if (type == StorageSpec::Type::iscsi) {
    words.insert(words.end(), {target_name(server), fmt::format("{}:{}", to_string(server.portal), iscsi_port)});
    if (server.chap) {
      words.push_back(server.chap->user);
      secret = read_secret(server.chap->secret_file);
    }
  }
  if (type == StorageSpec::Type::nfs) {
    words.push_back(server.clients);
  }
  Command command = script(server, std::move(words), start_limit);
  command.input = std::move(secret);
  return command;
}

Command export_command(const StorageServer& server, const DiskPlan& disk) {
  return about_disk("export", server, disk);
}

Command release_command(const StorageServer& server, const DiskPlan& disk) {
  return about_disk("release", server, disk);
}

Command unpack_disk_command(const StorageServer& server, std::string archive) {
  return {
      .argv =
          {"tar",
           "--extract",
           "--sparse",
           "--no-same-owner",
           "--file=-",
           fmt::format("--directory={}", server.disks.native())},
      .input = std::move(archive),
      .timeout = copy_limit};
}

Command pack_disk_command(const std::filesystem::path& file) {
  return {
      .argv =
          {"tar",
           "--create",
           "--sparse",
           "--file=-",
           fmt::format("--directory={}", file.parent_path().native()),
           file.filename().native()},
      .timeout = copy_limit};
}

Command fill_disk_command(const StorageServer& server, const std::filesystem::path& file, Bytes size) {
  return script(server, {"fill", file.filename().native(), std::to_string(size.count)}, copy_limit);
}

Command remove_disk_command(const std::filesystem::path& file) {
  return {.argv = {"rm", "--force", file.native()}, .timeout = answer_limit};
}

Command disk_size_command(const std::filesystem::path& file) {
  return {.argv = {"stat", "--format=%s", file.native()}, .timeout = answer_limit};
}

} // namespace migralab
