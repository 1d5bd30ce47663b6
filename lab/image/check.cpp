// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/check.hpp"

#include "migralab/core/diagnostics.hpp"
#include "migralab/core/error.hpp"
#include "places.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

/// "guests", "xen hosts", "storage servers".
std::string whose(const ImageTraits& image) {
  return image.host.empty() ? "guests" : image.host == "storage" ? "storage servers" : image.host + " hosts";
}

void check_guest(const GuestSpec& guest, const ImageTraits& image, Places& places, Diagnostics& diagnostics) {
  if (!image.host.empty()) {
    diagnostics.error(
        places.of(fmt::format("guests.{}.image", guest.name)),
        fmt::format("guest '{}' has image {}, which is the system of {}", guest.name, guest.image, whose(image)),
        "use image micro or debian");
    return;
  }
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

void check_host(const HostSpec& host, const ImageTraits& image, Places& places, Diagnostics& diagnostics) {
  const std::string hypervisor = to_string(host.hypervisor);
  if (image.host != hypervisor) {
    diagnostics.error(
        places.of(fmt::format("hosts.{}.image", host.name)),
        fmt::format(
            "host '{}' is of type {}, but image {} is the system of {}",
            host.name,
            hypervisor,
            host.image,
            whose(image)),
        fmt::format("use image {}-host", hypervisor));
  }
}

void check_server(const StorageSpec& storage, const ImageTraits& image, Places& places, Diagnostics& diagnostics) {
  if (image.host != "storage") {
    diagnostics.error(
        places.of(fmt::format("storage.{}.image", storage.name)),
        fmt::format(
            "storage server '{}' has image {}, which is the system of {}", storage.name, storage.image, whose(image)),
        "use image storage-host");
  }
}

/// Its disk would lie over the image's, or be a copy of it.
void check_place_of_disk(
    const Topology& topology,
    const GuestSpec& guest,
    const ImageTraits& image,
    Places& places,
    Diagnostics& diagnostics) {
  if (image.disk && guest.disk && is_machine(storage_of(topology, guest.disk->storage))) {
    diagnostics.error(
        places.of(fmt::format("guests.{}.disk.storage", guest.name)),
        fmt::format(
            "the system of guest '{}' (image {}) is on its disk, and storage server '{}', a machine, has no image's "
            "disk",
            guest.name,
            guest.image,
            guest.disk->storage),
        "use image micro, or a storage server that is no machine");
  }
}

} // namespace

ImageCatalogue check_images(const Topology& topology, const ImageStore& images) {
  Diagnostics diagnostics(topology.file.native(), topology.text);
  Places places(topology.text);
  ImageCatalogue catalogue;
  const auto look_at = [&](const auto& spec, const std::string& section, const std::string& kind, auto check) {
    try {
      if (!catalogue.contains(spec.image)) {
        catalogue[spec.image] = images.traits(spec.image);
      }
      check(spec, catalogue.at(spec.image), places, diagnostics);
    } catch (const Error& error) {
      if (error.status() != ExitStatus::bad_input || dynamic_cast<const InputError*>(&error) != nullptr) {
        throw; // not a mistake of this file
      }
      diagnostics.error(
          places.of(fmt::format("{}.{}.image", section, spec.name)),
          fmt::format("{} '{}': {}", kind, spec.name, error.what()),
          error.hint());
    }
  };
  for (const StorageSpec& storage : topology.storage) {
    if (!storage.image.empty()) {
      look_at(storage, "storage", "storage server", check_server);
    }
  }
  for (const HostSpec& host : topology.hosts) {
    if (!host.image.empty()) {
      look_at(host, "hosts", "host", check_host);
    }
  }
  for (const GuestSpec& guest : topology.guests) {
    look_at(guest, "guests", "guest", [&](const auto& spec, const auto& image, auto& where, auto& said) {
      check_guest(spec, image, where, said);
      check_place_of_disk(topology, spec, image, where, said);
    });
  }
  diagnostics.throw_if_errors();
  return catalogue;
}

} // namespace migralab
