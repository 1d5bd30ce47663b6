// SPDX-License-Identifier: Apache-2.0
#include "migrate_parameters.hpp"

#include <libvirt/libvirt.h>

namespace migralab {

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
  if (options.bandwidth) {
    const unsigned long long mib = options.bandwidth->count >> 20U;
    values.emplace_back(VIR_MIGRATE_PARAM_BANDWIDTH, mib);
    if (options.technique == Technique::post_copy || options.technique == Technique::hybrid) {
      values.emplace_back(VIR_MIGRATE_PARAM_BANDWIDTH_POSTCOPY, mib);
    }
  }
  return parameters;
}

} // namespace migralab
