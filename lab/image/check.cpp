// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/check.hpp"

#include "migralab/core/diagnostics.hpp"
#include "migralab/core/error.hpp"
#include "places.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

void check_guest(const GuestSpec& guest, const ImageTraits& image, Places& places, Diagnostics& diagnostics) {
  if (guest.memory < image.memory) {
    diagnostics.error(
        places.of(fmt::format("guests.{}.memory", guest.name)),
        fmt::format("guest '{}' has {}, too little for image {}", guest.name, to_string(guest.memory), guest.image),
        fmt::format("it needs {} or more", to_string(image.memory)));
  }
  if (image.disk && !guest.disk) {
    diagnostics.error(
        places.of(fmt::format("guests.{}", guest.name)),
        fmt::format("guest '{}' has no disk, and the system of image {} is on one", guest.name, guest.image),
        fmt::format("give it one: disk: {{storage: STORAGE, size: {}}}, or larger", to_string(*image.disk)));
  }
  if (image.disk && guest.disk && guest.disk->size < *image.disk) {
    diagnostics.error(
        places.of(fmt::format("guests.{}.disk.size", guest.name)),
        fmt::format(
            "the disk of guest '{}' has {}, too little for image {}",
            guest.name,
            to_string(guest.disk->size),
            guest.image),
        fmt::format("it needs {} or more; only what the guest writes takes room", to_string(*image.disk)));
  }
}

} // namespace

ImageCatalogue check_images(const Topology& topology, const ImageStore& images) {
  Diagnostics diagnostics(topology.file.native(), topology.text);
  Places places(topology.text);
  ImageCatalogue catalogue;
  for (const GuestSpec& guest : topology.guests) {
    try {
      if (!catalogue.contains(guest.image)) {
        catalogue[guest.image] = images.traits(guest.image);
      }
      check_guest(guest, catalogue.at(guest.image), places, diagnostics);
    } catch (const Error& error) {
      if (error.status() != ExitStatus::bad_input || dynamic_cast<const InputError*>(&error) != nullptr) {
        throw; // not a mistake of this file
      }
      diagnostics.error(
          places.of(fmt::format("guests.{}.image", guest.name)),
          fmt::format("guest '{}': {}", guest.name, error.what()),
          error.hint());
    }
  }
  diagnostics.throw_if_errors();
  return catalogue;
}

} // namespace migralab
