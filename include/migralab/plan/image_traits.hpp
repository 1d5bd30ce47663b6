// SPDX-License-Identifier: Apache-2.0
// What a plan has to know about the images of its guests.
#pragma once

#include "migralab/core/units.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace migralab {

struct ImageTraits {
  std::optional<Bytes> disk;           // guests' disks lie over a disk of the image, of this size
  Bytes memory;                        // a guest's least
  bool own_loader = false;             // boots by the loader on its disk, and a whole distribution with it
  std::string host = {};               // "xen", "kvm", "storage": the system of such; empty: of guests
  std::set<std::string> packages = {}; // of Debian, that its recipe names; none: not known
};

/// By the image's name as guests have it. An image that is not in it has no traits: all it is is in memory.
using ImageCatalogue = std::map<std::string, ImageTraits>;

} // namespace migralab
