// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/check.hpp"

#include "migralab/core/diagnostics.hpp"
#include "migralab/core/error.hpp"
#include "yaml_reader.hpp"

#include <fmt/format.h>

namespace migralab {

namespace {

/// Where the keys of a topology's guests are. The topology has been read without a mistake.
class GuestPlaces {
public:
  explicit GuestPlaces(const std::string& text) : reader_(text, ignored_, "lab: NAME"), root_(reader_.root()) {}

  /// Of the value at guests.GUEST.KEY.KEY, or of the last of these keys that is there.
  [[nodiscard]] Location of(const std::string& guest, const std::vector<std::string>& keys) {
    std::vector<std::string> path{"guests", guest};
    path.insert(path.end(), keys.begin(), keys.end());
    return root_ ? below(*root_, path, 0) : Location{};
  }

private:
  // By recursion: assigning one YAML::Node to another changes the document.
  Location below(const YamlValue& map, const std::vector<std::string>& path, std::size_t depth) {
    const std::optional<YamlEntry> found = entry(map, path[depth]);
    if (!found) {
      return {};
    }
    if (depth + 1 == path.size()) {
      return path.size() == 2 ? found->key.where : found->value.where;
    }
    const Location inner = below(found->value, path, depth + 1);
    return inner.line == 0 ? found->key.where : inner;
  }

  std::optional<YamlEntry> entry(const YamlValue& map, const std::string& key) {
    if (!map.node.IsMap()) {
      return std::nullopt;
    }
    for (const YamlEntry& entry : reader_.entries(map, "").value_or(std::vector<YamlEntry>())) {
      if (entry.key.value == key) {
        return entry;
      }
    }
    return std::nullopt;
  }

  Diagnostics ignored_;
  YamlReader reader_;
  std::optional<YamlValue> root_;
};

void check_guest(const GuestSpec& guest, const ImageTraits& image, GuestPlaces& places, Diagnostics& diagnostics) {
  if (guest.memory < image.memory) {
    diagnostics.error(
        places.of(guest.name, {"memory"}),
        fmt::format("guest '{}' has {}, too little for image {}", guest.name, to_string(guest.memory), guest.image),
        fmt::format("it needs {} or more", to_string(image.memory)));
  }
  if (image.disk && !guest.disk) {
    diagnostics.error(
        places.of(guest.name, {}),
        fmt::format("guest '{}' has no disk, and the system of image {} is on one", guest.name, guest.image),
        fmt::format("give it one: disk: {{storage: STORAGE, size: {}}}, or larger", to_string(*image.disk)));
  }
  if (image.disk && guest.disk && guest.disk->size < *image.disk) {
    diagnostics.error(
        places.of(guest.name, {"disk", "size"}),
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
  GuestPlaces places(topology.text);
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
          places.of(guest.name, {"image"}), fmt::format("guest '{}': {}", guest.name, error.what()), error.hint());
    }
  }
  diagnostics.throw_if_errors();
  return catalogue;
}

} // namespace migralab
