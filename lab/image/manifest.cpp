// SPDX-License-Identifier: Apache-2.0
#include "manifest.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <nlohmann/json.hpp>

namespace migralab {

namespace {

constexpr int manifest_format = 1;

ImageManifest read_manifest(const std::filesystem::path& file) {
  const auto json = nlohmann::json::parse(read_file(file));
  if (json.at("format").get<int>() != manifest_format) {
    throw Error("manifest of another version");
  }
  ImageManifest manifest;
  json.at("name").get_to(manifest.name);
  json.at("recipe").get_to(manifest.recipe);
  json.at("packages").get_to(manifest.packages);
  json.at("modules").get_to(manifest.modules);
  json.at("products").at(kernel_file).get_to(manifest.kernel);
  json.at("products").at(initramfs_file).get_to(manifest.initramfs);
  return manifest;
}

} // namespace

std::string to_json(const ImageManifest& manifest) {
  const nlohmann::ordered_json json{
      {"format", manifest_format},
      {"name", manifest.name},
      {"recipe", manifest.recipe},
      {"packages", manifest.packages},
      {"modules", manifest.modules},
      {"products", {{kernel_file, manifest.kernel}, {initramfs_file, manifest.initramfs}}}};
  return json.dump(2) + "\n";
}

std::optional<GuestImage>
verified_image(const std::filesystem::path& folder, const std::string& name, const std::string& recipe_digest) {
  try {
    const ImageManifest manifest = read_manifest(folder / manifest_file);
    GuestImage image{
        .name = name,
        .digest = sha256_of_text(manifest.recipe + manifest.kernel + manifest.initramfs),
        .kernel = folder / kernel_file,
        .initramfs = folder / initramfs_file,
        .packages = manifest.packages};
    const bool whole = manifest.name == name && manifest.recipe == recipe_digest &&
                       sha256_of_file(image.kernel) == manifest.kernel &&
                       sha256_of_file(image.initramfs) == manifest.initramfs;
    return whole ? std::optional(image) : std::nullopt;
  } catch (const Error&) { // a file is missing or cannot be read
    return std::nullopt;
  } catch (const nlohmann::json::exception&) { // half a manifest
    return std::nullopt;
  }
}

} // namespace migralab
