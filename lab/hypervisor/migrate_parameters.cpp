// SPDX-License-Identifier: Apache-2.0
#include "migrate_parameters.hpp"

#include <libvirt/libvirt.h>

namespace migralab {

namespace {

/// Post-copy begins as pre-copy, and is told to switch when its stream runs: a moment later, in which a fast link would
/// carry a small guest over whole. Until the switch it gets hardly any bandwidth; after it, "bandwidth.postcopy"
/// counts, which has no limit unless the user wants one.
void hold_back_pre_copy(std::vector<std::pair<std::string, MigrateParameters::Value>>& values) {
  constexpr unsigned long long hardly_any = 1; // MiB/s, the least that libvirt takes
  for (auto& [name, value] : values) {
    if (name == VIR_MIGRATE_PARAM_BANDWIDTH) {
      value = hardly_any;
      return;
    }
  }
  values.emplace_back(VIR_MIGRATE_PARAM_BANDWIDTH, hardly_any);
}

} // namespace

MigrateParameters migrate_parameters(const MigrationOptions& options, const std::string& address) {
  MigrateParameters parameters;
  auto& values = parameters.values;
  values.emplace_back(VIR_MIGRATE_PARAM_URI, "tcp://" + address);
  values.emplace_back(VIR_MIGRATE_PARAM_LISTEN_ADDRESS, address);
  switch (options.technique) {
  case Technique::pre_copy:
    parameters.flags |= VIR_MIGRATE_LIVE;
    break;
  case Technique::stop_and_copy:
    if (options.switch_rule) { // without LIVE the guest is paused first
      parameters.flags |= VIR_MIGRATE_LIVE;
    }
    break;
  case Technique::post_copy:
  case Technique::hybrid:
    parameters.flags |= VIR_MIGRATE_LIVE | VIR_MIGRATE_POSTCOPY;
    break;
  }
  if (options.copy_storage) {
    parameters.flags |= options.only_layer ? VIR_MIGRATE_NON_SHARED_INC : VIR_MIGRATE_NON_SHARED_DISK;
  }
  if (options.auto_converge) {
    parameters.flags |= VIR_MIGRATE_AUTO_CONVERGE;
  }
  if (options.auto_converge_initial) {
    values.emplace_back(VIR_MIGRATE_PARAM_AUTO_CONVERGE_INITIAL, static_cast<int>(*options.auto_converge_initial));
  }
  if (options.auto_converge_increment) {
    values.emplace_back(VIR_MIGRATE_PARAM_AUTO_CONVERGE_INCREMENT, static_cast<int>(*options.auto_converge_increment));
  }
  if (options.compression) {
    parameters.flags |= VIR_MIGRATE_COMPRESSED;
    values.emplace_back(VIR_MIGRATE_PARAM_COMPRESSION, to_string(*options.compression));
  }
  if (options.compression_cache) {
    const unsigned long long bytes = options.compression_cache->count;
    values.emplace_back(VIR_MIGRATE_PARAM_COMPRESSION_XBZRLE_CACHE, bytes);
  }
  if (options.streams) {
    parameters.flags |= VIR_MIGRATE_PARALLEL;
    values.emplace_back(VIR_MIGRATE_PARAM_PARALLEL_CONNECTIONS, static_cast<int>(*options.streams));
  }
  const bool becomes_post_copy = options.technique == Technique::post_copy || options.technique == Technique::hybrid;
  if (options.bandwidth) {
    const unsigned long long mib = options.bandwidth->count >> 20U;
    values.emplace_back(VIR_MIGRATE_PARAM_BANDWIDTH, mib);
    if (becomes_post_copy) {
      values.emplace_back(VIR_MIGRATE_PARAM_BANDWIDTH_POSTCOPY, mib);
    }
  }
  // A disk that is copied first would be held up as well.
  if (options.technique == Technique::post_copy && !options.copy_storage) {
    hold_back_pre_copy(values);
  }
  return parameters;
}

MigrateParameters xen_migrate_parameters(const MigrationOptions& options, const std::string& address) {
  MigrateParameters parameters;
  parameters.values.emplace_back(VIR_MIGRATE_PARAM_URI, "tcp://" + address);
  if (options.technique == Technique::pre_copy) {
    parameters.flags |= VIR_MIGRATE_LIVE;
  }
  return parameters;
}

} // namespace migralab
