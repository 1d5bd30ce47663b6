// SPDX-License-Identifier: Apache-2.0
#include "manifest.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace migralab {

namespace {

constexpr int manifest_format = 2;

} // namespace

std::string to_json(const ImageManifest& manifest) {
  nlohmann::ordered_json packages = nlohmann::ordered_json::object();
  for (const auto& [package, fact] : manifest.packages) {
    packages[package] = {{"version", fact.version}, {"sha256", fact.sha256}};
  }
  const nlohmann::ordered_json json{
      {"format", manifest_format},
      {"name", manifest.name},
      {"recipe", manifest.recipe},
      {"built", manifest.built},
      {"packages", packages},
      {"modules", manifest.modules},
      {"products", manifest.products},
      {"contents", manifest.contents},
      {"disk", {{"format", manifest.qcow2 ? "qcow2" : "raw"}, {"size", manifest.disk_size.count}}},
      {"stamp", manifest.stamp}};
  return json.dump(2) + "\n";
}

ImageManifest read_manifest(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / manifest_file;
  try {
    const auto json = nlohmann::json::parse(read_file(file));
    if (json.at("format").get<int>() != manifest_format) {
      throw Error(fmt::format("{} is of another version of migralab", file.native()));
    }
    ImageManifest manifest;
    json.at("name").get_to(manifest.name);
    json.at("recipe").get_to(manifest.recipe);
    json.at("built").get_to(manifest.built);
    for (const auto& [package, fact] : json.at("packages").items()) {
      manifest.packages[package] = {fact.at("version").get<std::string>(), fact.at("sha256").get<std::string>()};
    }
    json.at("modules").get_to(manifest.modules);
    json.at("products").get_to(manifest.products);
    json.at("contents").get_to(manifest.contents);
    manifest.qcow2 = json.at("disk").at("format").get<std::string>() == "qcow2";
    manifest.disk_size = Bytes{json.at("disk").at("size").get<std::uint64_t>()};
    manifest.stamp = json.value("stamp", "");
    return manifest;
  } catch (const nlohmann::json::exception&) {
    throw Error(fmt::format("{} is damaged", file.native()));
  }
}

std::vector<std::string> damage_of(const std::filesystem::path& folder, const ImageManifest& manifest) {
  std::vector<std::string> damage;
  for (const auto& [file, digest] : manifest.products) {
    if (!std::filesystem::exists(folder / file)) {
      damage.push_back(fmt::format("{} is missing", file));
    } else if (sha256_of_file(folder / file) != digest) {
      damage.push_back(fmt::format("{} is not what was built: its digest differs", file));
    }
  }
  return damage;
}

ImageFacts facts_of(const ImageManifest& manifest) {
  ImageFacts facts{
      .image = manifest.name, .recipe = manifest.recipe, .packages = manifest.packages, .digests = manifest.products};
  if (!manifest.contents.empty()) {
    facts.digests.erase(disk_file); // differs where its contents do not
    facts.digests["contents"] = manifest.contents;
  }
  return facts;
}

GuestImage image_of(const std::filesystem::path& folder, const ImageManifest& manifest) {
  std::string all = manifest.recipe;
  for (const auto& [file, digest] : manifest.products) {
    all += "\n" + file + " " + digest;
  }
  GuestImage image{
      .name = manifest.name,
      .digest = manifest.stamp.empty() ? sha256_of_text(all) : manifest.recipe, // what sha256sum says of a user's file
      .kernel = {},
      .initramfs = {},
      .disk = {},
      .packages = {}};
  if (manifest.products.contains(kernel_file)) {
    image.kernel = folder / kernel_file;
    image.initramfs = folder / initramfs_file;
  }
  if (manifest.products.contains(hypervisor_file)) {
    image.hypervisor = folder / hypervisor_file;
  }
  if (manifest.products.contains(disk_file)) {
    image.disk = ImageDisk{.file = folder / disk_file, .qcow2 = manifest.qcow2, .size = manifest.disk_size};
  }
  for (const auto& [package, fact] : manifest.packages) {
    image.packages[package] = fact.version;
  }
  return image;
}

std::optional<GuestImage>
verified_image(const std::filesystem::path& folder, const std::string& name, const std::string& recipe_digest) {
  try {
    const ImageManifest manifest = read_manifest(folder);
    const bool whole = manifest.name == name && manifest.recipe == recipe_digest && !manifest.products.empty() &&
                       damage_of(folder, manifest).empty();
    return whole ? std::optional(image_of(folder, manifest)) : std::nullopt;
  } catch (const Error&) { // a file is missing or cannot be read
    return std::nullopt;
  }
}

} // namespace migralab
