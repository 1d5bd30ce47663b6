// SPDX-License-Identifier: Apache-2.0
#include "migralab/hypervisor/xen_features.hpp"

namespace migralab {

std::vector<Feature> xen_migration_features() {
  const auto can = [](const char* name) { return Feature{name, true}; };
  const auto never = [](const char* name, const std::string& why) { return Feature{name, false, why}; };
  return {
      can("pre-copy"),
      can("stop-and-copy"),
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
      can("several guests at once"),
      never("job statistics", "libxl tells the elapsed time alone: no rounds, no bytes, no downtime"),
      never("dirty rate", "libxl has no measurement"),
      never("tunnelled", "it would go through libvirtd, which would be measured, too")};
}

std::vector<Feature> features_of(HostSpec::Hypervisor hypervisor) {
  return hypervisor == HostSpec::Hypervisor::xen ? xen_migration_features() : migration_features(feature_facts());
}

std::string problem_of_mode(GuestSpec::Mode mode, Technique technique) {
  return mode == GuestSpec::Mode::pv && technique == Technique::pre_copy
             ? "a guest of mode pv cannot go live: Debian's Xen, without shadow paging, cannot follow what it writes"
             : "";
}

} // namespace migralab
