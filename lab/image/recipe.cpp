// SPDX-License-Identifier: Apache-2.0
#include "recipe.hpp"

#include "migralab/core/files.hpp"
#include "migralab/core/spelling.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <set>
#include <yaml-cpp/yaml.h>

namespace migralab {

namespace {

// Counts up when the builder itself makes something else of the same recipe: cached images of before are not found.
constexpr auto builder_layout = "migralab image 1";

Location place_of(const YAML::Mark& mark, std::size_t length) {
  if (mark.is_null()) {
    return {};
  }
  return {
      .line = static_cast<std::size_t>(mark.line) + 1,
      .column = static_cast<std::size_t>(mark.column) + 1,
      .length = std::max<std::size_t>(length, 1)};
}

Location place_of(const YAML::Node& node) {
  return place_of(node.Mark(), node.IsScalar() ? node.Scalar().size() : 1);
}

bool is_guest_path(const std::string& path) {
  return path.size() > 1 && path.front() == '/' && path.back() != '/' && path.find("/.") == std::string::npos &&
         path.find("//") == std::string::npos;
}

/// Reads one recipe; every complaint goes to the diagnostics and reading goes on.
class RecipeReader {
public:
  explicit RecipeReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  ImageRecipe read(const YAML::Node& root, const std::string& name) {
    ImageRecipe recipe;
    if (!root.IsMap()) {
      diagnostics_.error(place_of(root), "an image recipe is a map", "start with `image: " + name + "`");
      return recipe;
    }
    check_keys(root);
    recipe.name = required_word(root, "image", "image: " + name);
    if (!recipe.name.empty() && recipe.name != name) {
      diagnostics_.error(
          place_of(root["image"]),
          fmt::format("the recipe of image '{}' is in a file for '{}'", recipe.name, name),
          fmt::format("name the file {}.image.yaml", recipe.name));
    }
    recipe.kernel = required_word(root, "kernel", "kernel: linux-image-cloud-amd64");
    recipe.modules = words(root["modules"], "modules", "modules: [virtio_net]");
    for (const auto& [package, paths] :
         entries(root["packages"], "packages", "packages: {busybox-static: [/bin/busybox]}")) {
      recipe.packages[package] = guest_paths(paths, "packages of " + package);
    }
    recipe.links = guest_map(root["links"], "links", "links: {/bin/sh: busybox}");
    recipe.files = guest_map(root["files"], "files", "files: {/init: micro/init}");
    recipe.programs = guest_map(root["programs"], "programs", "programs: {/bin/responder: responder}");
    if (root["files"] && !recipe.files.contains("/init") && !diagnostics_.has_errors()) {
      diagnostics_.error(
          place_of(root["files"]), "no file for /init", "the kernel starts /init first: name it under files");
    }
    return recipe;
  }

private:
  void check_keys(const YAML::Node& root) {
    const std::vector<std::string> known{"image", "kernel", "modules", "packages", "links", "files", "programs"};
    for (const auto& [key, place] : keys_once(root)) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        diagnostics_.error(
            place,
            fmt::format("unknown key '{}' of an image recipe", key),
            suggest(key, known, "keys of an image recipe"));
      }
    }
    for (const char* key : {"image", "kernel", "modules", "packages", "files"}) {
      if (!root[key]) {
        diagnostics_.error({}, fmt::format("the recipe has no '{}'", key));
      }
    }
  }

  /// yaml-cpp 0.7 keeps repeated keys in silence.
  std::map<std::string, Location> keys_once(const YAML::Node& map) {
    std::map<std::string, Location> seen;
    for (const auto& entry : map) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
      const auto [earlier, fresh] = seen.emplace(key, place_of(entry.first));
      if (!fresh) {
        diagnostics_.error(place_of(entry.first), fmt::format("'{}' appears twice", key))
            .notes.emplace_back(earlier->second, "first given here");
      }
    }
    return seen;
  }

  std::string required_word(const YAML::Node& root, const char* key, const std::string& example) {
    const YAML::Node node = root[key];
    if (!node) {
      return {}; // check_keys has said it
    }
    return word(node, key, example).value_or("");
  }

  std::optional<std::string> word(const YAML::Node& node, const std::string& what, const std::string& example) {
    const bool fine = node.IsScalar() && !node.Scalar().empty() &&
                      node.Scalar().find_first_of(" \t\n") == std::string::npos && node.Scalar().front() != '-';
    if (!fine) {
      diagnostics_.error(place_of(node), fmt::format("{}: one word is wanted here", what), "write " + example);
      return std::nullopt;
    }
    return node.Scalar();
  }

  std::vector<std::string> words(const YAML::Node& node, const std::string& what, const std::string& example) {
    std::vector<std::string> result;
    if (!node) {
      return result;
    }
    if (!node.IsSequence()) {
      diagnostics_.error(place_of(node), fmt::format("{}: a list is wanted here", what), "write " + example);
      return result;
    }
    for (const YAML::Node& item : node) {
      if (const auto text = word(item, what, example)) {
        result.push_back(*text);
      }
    }
    return result;
  }

  std::vector<std::pair<std::string, YAML::Node>>
  entries(const YAML::Node& node, const std::string& what, const std::string& example) {
    std::vector<std::pair<std::string, YAML::Node>> result;
    if (!node) {
      return result;
    }
    if (!node.IsMap()) {
      diagnostics_.error(place_of(node), fmt::format("{}: a map is wanted here", what), "write " + example);
      return result;
    }
    keys_once(node);
    for (const auto& entry : node) {
      if (const auto key = word(entry.first, what, example)) {
        result.emplace_back(*key, entry.second);
      }
    }
    return result;
  }

  std::vector<std::string> guest_paths(const YAML::Node& node, const std::string& what) {
    std::vector<std::string> result = words(node, what, "a list of paths: [/bin/busybox]");
    if (node && node.IsSequence()) {
      for (const YAML::Node& item : node) {
        check_path(item);
      }
    }
    return result;
  }

  std::map<std::string, std::string>
  guest_map(const YAML::Node& node, const std::string& what, const std::string& example) {
    std::map<std::string, std::string> result;
    for (const auto& [path, source] : entries(node, what, example)) {
      if (const auto text = word(source, what, example)) {
        result[path] = *text;
      }
    }
    if (node && node.IsMap()) {
      for (const auto& entry : node) {
        check_path(entry.first);
      }
    }
    return result;
  }

  void check_path(const YAML::Node& node) {
    if (node.IsScalar() && !is_guest_path(node.Scalar())) {
      diagnostics_.error(
          place_of(node), fmt::format("'{}' is no absolute path of the guest", node.Scalar()), "write it like /bin/sh");
    }
  }

  Diagnostics& diagnostics_;
};

/// "/bin/responder 755 SHA-256\n": what the file will be in the guest.
std::string line_of(const std::string& kind, const std::string& path, const std::filesystem::path& source) {
  const bool executable = (std::filesystem::status(source).permissions() & std::filesystem::perms::owner_exec) !=
                          std::filesystem::perms::none;
  return fmt::format("{} {} {} {}\n", kind, path, executable ? "755" : "644", sha256_of_file(source));
}

} // namespace

ImageRecipe parse_recipe(const std::string& text, const std::string& name, Diagnostics& diagnostics) {
  try {
    return RecipeReader(diagnostics).read(YAML::Load(text), name);
  } catch (const YAML::Exception& error) {
    diagnostics.error(place_of(error.mark, 1), error.msg);
    return {};
  }
}

RecipeSource
load_recipe(const std::filesystem::path& recipes, const std::filesystem::path& programs, const std::string& name) {
  const std::filesystem::path file = recipes / (name + ".image.yaml");
  const std::string text = read_file(file);
  Diagnostics diagnostics(file.native(), text);
  RecipeSource source{
      .recipe = parse_recipe(text, name, diagnostics), .files = recipes, .programs = programs, .digest = {}};
  diagnostics.throw_if_errors();

  std::string all = fmt::format("{}\nrecipe {}\n", builder_layout, sha256_of_text(text));
  for (const auto& file_entry : source.recipe.files) {
    all +=
        with_context("image " + name, [&] { return line_of("file", file_entry.first, recipes / file_entry.second); });
  }
  for (const auto& [path, program] : source.recipe.programs) {
    if (!std::filesystem::exists(programs / program)) {
      throw Error(fmt::format("image {}: the guest program '{}' has not been built", name, program))
          .with_hint(fmt::format("build migralab first; it is looked for in {}", programs.native()));
    }
    all += line_of("program", path, programs / program);
  }
  source.digest = sha256_of_text(all);
  return source;
}

} // namespace migralab
