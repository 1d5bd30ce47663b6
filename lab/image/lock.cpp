// SPDX-License-Identifier: Apache-2.0
#include "migralab/image/lock.hpp"

#include "migralab/core/files.hpp"
#include "yaml_reader.hpp"

#include <fmt/format.h>
#include <set>

namespace migralab {

namespace {

constexpr std::size_t shown = 16; // characters of a digest in a message

/// One lock file; every complaint goes to the diagnostics and reading goes on.
class LockReader {
public:
  explicit LockReader(YamlReader& reader) : reader_(reader) {}

  ImageFacts read(const YamlValue& root) {
    const YamlStruct keys(
        reader_,
        root,
        {},
        "an image lock",
        {{"image", "image: debian"},
         {"recipe", "recipe: SHA-256"},
         {"packages", "packages: {apache2: {version: 2.4.62-1, sha256: SHA-256}}"},
         {"digests", "digests: {kernel: SHA-256}"}},
        {});
    ImageFacts facts;
    facts.image = text(keys.find("image"), "debian");
    facts.recipe = text(keys.find("recipe"), "SHA-256");
    for (const YamlEntry& entry : entries(keys.find("packages"), "{apache2: {version: 2.4.62-1, sha256: SHA-256}}")) {
      const YamlStruct package(
          reader_,
          entry.value,
          entry.key.where,
          "a package",
          {{"version", "version: 2.4.62-1"}, {"sha256", "sha256: SHA-256"}},
          {});
      facts.packages[entry.key.value] = {
          text(package.find("version"), "2.4.62-1"), text(package.find("sha256"), "SHA-256")};
    }
    for (const YamlEntry& entry : entries(keys.find("digests"), "{kernel: SHA-256}")) {
      facts.digests[entry.key.value] = text(&entry.value, "SHA-256");
    }
    return facts;
  }

private:
  std::string text(const YamlValue* value, const std::string& example) {
    const auto read = value == nullptr ? std::nullopt : reader_.text(*value, example);
    return read ? read->value : std::string();
  }

  std::vector<YamlEntry> entries(const YamlValue* map, const std::string& example) {
    return map == nullptr ? std::vector<YamlEntry>()
                          : reader_.entries(*map, example).value_or(std::vector<YamlEntry>());
  }

  YamlReader& reader_;
};

std::string short_form(const std::string& digest) {
  return digest.substr(0, shown);
}

std::string package_drift(const std::string& package, const PackageFact* locked, const PackageFact* built) {
  if (built == nullptr) {
    return fmt::format("{}: locked {}, the image has no such package", package, locked->version);
  }
  if (locked == nullptr) {
    return fmt::format("{}: not in the lock, the image has {}", package, built->version);
  }
  if (locked->version != built->version) {
    return fmt::format("{}: locked {}, the image has {}", package, locked->version, built->version);
  }
  return fmt::format(
      "{}: {} in both, but another file: locked {}, the image has {} (SHA-256)",
      package,
      locked->version,
      short_form(locked->sha256),
      short_form(built->sha256));
}

template <typename Map> const typename Map::mapped_type* find(const Map& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

template <typename Map> std::set<std::string> keys_of(const Map& first, const Map& second) {
  std::set<std::string> keys;
  for (const Map* map : {&first, &second}) {
    for (const auto& entry : *map) {
      keys.insert(entry.first);
    }
  }
  return keys;
}

} // namespace

std::string render_lock(const ImageFacts& facts) {
  std::string text = fmt::format(
      "# What image {0} was made of; `migralab image lock {0}` writes this file, --locked compares with it.\n"
      "image: {0}\nrecipe: {1}\ndigests:\n",
      facts.image,
      facts.recipe);
  for (const auto& [what, digest] : facts.digests) {
    text += fmt::format("  {}: {}\n", what, digest);
  }
  text += facts.packages.empty() ? "packages: {}\n" : "packages:\n";
  for (const auto& [package, fact] : facts.packages) {
    text += fmt::format("  {}: {{version: \"{}\", sha256: {}}}\n", package, fact.version, fact.sha256);
  }
  return text;
}

ImageFacts load_lock(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  Diagnostics diagnostics(file.native(), text);
  YamlReader reader(text, diagnostics, "image: NAME");
  const auto root = reader.root();
  ImageFacts facts = root ? LockReader(reader).read(*root) : ImageFacts{};
  diagnostics.throw_if_errors();
  return facts;
}

std::vector<std::string> drift(const ImageFacts& locked, const ImageFacts& built) {
  std::vector<std::string> lines;
  if (locked.recipe != built.recipe) {
    lines.push_back(fmt::format(
        "recipe: locked {}, now {}: the recipe, or a file or program that it names, has changed",
        short_form(locked.recipe),
        short_form(built.recipe)));
  }
  for (const std::string& package : keys_of(locked.packages, built.packages)) {
    const PackageFact* before = find(locked.packages, package);
    const PackageFact* now = find(built.packages, package);
    if (before == nullptr || now == nullptr || *before != *now) {
      lines.push_back(package_drift(package, before, now));
    }
  }
  for (const std::string& what : keys_of(locked.digests, built.digests)) {
    const std::string* before = find(locked.digests, what);
    const std::string* now = find(built.digests, what);
    if (before == nullptr || now == nullptr || *before != *now) {
      lines.push_back(fmt::format(
          "{}: locked {}, the image has {} (SHA-256)",
          what,
          before == nullptr ? "nothing" : short_form(*before),
          now == nullptr ? "nothing" : short_form(*now)));
    }
  }
  return lines;
}

} // namespace migralab
