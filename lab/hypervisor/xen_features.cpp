// SPDX-License-Identifier: Apache-2.0
#include "migralab/hypervisor/xen_features.hpp"

namespace migralab {

std::vector<Feature> xen_migration_features() {
  const auto later = [](const char* name, const std::string& how) {
    return Feature{name, false, "no Xen hosts in this version; " + how};
  };
  const auto never = [](const char* name, const std::string& why) { return Feature{name, false, why}; };
  return {
      later("pre-copy", "libxl can: it stops the guest below 50 dirty pages or after 5 rounds, whatever is wished"),
      later("stop-and-copy", "libxl can"),
      never("stop-and-copy after rounds", "libxl tells of no rounds"),
      never("post-copy", "Xen has none"),
      never("hybrid", "Xen has no post-copy"),
      never("auto-converge", "libxl has none"),
      never("auto-converge steps", "libxl has no auto-converge"),
      never("compression xbzrle", "libxl takes no compression"),
      never("xbzrle cache size", "libxl takes no compression"),
      never("compression zlib", "libxl takes no compression"),
      never("compression zstd", "libxl takes no compression"),
      never("parallel streams", "libxl sends one stream"),
      never("bandwidth limit", "libxl takes none: the network has to be shaped"),
      never("maximum downtime", "libxl takes none: when it stops the guest is fixed"),
      later("several guests at once", "libxl can"),
      never("job statistics", "libxl tells the elapsed time alone: no rounds, no bytes, no downtime"),
      never("dirty rate", "libxl has no measurement"),
      later("tunnelled", "libxl can, through libvirtd, which would be measured, too")};
}

} // namespace migralab
