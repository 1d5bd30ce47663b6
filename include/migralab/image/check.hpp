// SPDX-License-Identifier: Apache-2.0
// Do a topology's guests and their images go together? Before anything is built.
#pragma once

#include "migralab/image/image.hpp"
#include "migralab/plan/image_traits.hpp"
#include "migralab/topology/topology.hpp"

namespace migralab {

/// What a plan has to know about the images of the topology's guests; reads recipes, builds nothing. Throws InputError
/// with every mistake at its place in the topology: an unknown image, a guest without the disk that its image needs, a
/// disk or a memory that is too small for it.
[[nodiscard]] ImageCatalogue check_images(const Topology& topology, const ImageStore& images);

} // namespace migralab
