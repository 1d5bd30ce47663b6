// SPDX-License-Identifier: Apache-2.0
#include "backends.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

constexpr auto start_limit = std::chrono::seconds(20);

std::unique_ptr<StorageBackend> backend_of_namespaces(StorageSpec::Type type, CommandRunner& runner) {
  switch (type) {
  case StorageSpec::Type::iscsi:
    return std::make_unique<TgtStorage>(runner);
  case StorageSpec::Type::nfs:
    return std::make_unique<GaneshaStorage>(runner);
  case StorageSpec::Type::aoe:
    return std::make_unique<VbladeStorage>(runner);
  case StorageSpec::Type::local:
    break;
  }
  return std::make_unique<LocalStorage>();
}

} // namespace

std::unique_ptr<StorageBackend>
make_storage_backend(const StorageServer& server, StorageSpec::Type type, CommandRunner& runner) {
  auto backend = backend_of_namespaces(type, runner);
  if (server.machine) {
    return std::make_unique<KernelStorage>(type, runner, std::move(backend));
  }
  return backend;
}

DiskSource disk_source(const StorageServer& server, const DiskPlan& disk, const std::filesystem::path& file) {
  switch (disk.type) {
  case StorageSpec::Type::iscsi:
    return IscsiSource{
        .portal = to_string(server.portal), .target = target_name(server), .lun = disk.lun, .chap = server.chap};
  case StorageSpec::Type::nfs:
    return NfsSource{
        .server = to_string(server.portal),
        .path = fmt::format("{}/{}", server.exported, file.lexically_relative(server.disks).native())};
  case StorageSpec::Type::aoe:
    return AoeSource{.shelf = server.shelf, .slot = disk.lun};
  case StorageSpec::Type::local:
    break;
  }
  return FileSource{local_disk_path(disk.guest)};
}

void start_daemon(
    CommandRunner& runner,
    const StorageServer& server,
    const std::vector<std::string>& argv,
    const std::function<bool()>& ready) {
  const std::string& program = argv.front();
  const std::filesystem::path log = server.logs / (program + ".log");
  const int daemon = runner.start({.argv = argv, .inside = server.inside, .log = log});
  try {
    wait_until(
        fmt::format("answer from {} of {}", program, server.name), start_limit, std::chrono::milliseconds(5), [&] {
          if (const auto end = runner.ended(daemon)) {
            throw Error(fmt::format("{} of {} ended at its start: {}", program, server.name, describe_end(*end)));
          }
          return ready();
        });
  } catch (const Error& error) {
    const std::string tail = log_tail(log);
    throw tail.empty() ? error
                       : Error(fmt::format("{}\n{} ends with:\n{}", error.what(), log.native(), tail), error.status());
  }
}

} // namespace migralab
