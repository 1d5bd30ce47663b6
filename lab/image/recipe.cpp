// SPDX-License-Identifier: Apache-2.0
#include "recipe.hpp"

#include "migralab/core/files.hpp"
#include "yaml_reader.hpp"

#include <fmt/format.h>
#include <optional>

namespace migralab {

namespace {

// Counts up when the builder itself makes something else of the same recipe: cached images of before are not found.
constexpr auto source_example = "deb http://snapshot.debian.org/archive/debian/20261101T000000Z bookworm main";
constexpr auto builder_layout = "migralab image 2";

bool is_guest_path(const std::string& path) {
  return path.size() > 1 && path.front() == '/' && path.back() != '/' && path.find("/.") == std::string::npos &&
         path.find("//") == std::string::npos;
}

/// Reads one recipe; every complaint goes to the diagnostics and reading goes on.
class RecipeReader {
public:
  explicit RecipeReader(YamlReader& reader) : reader_(reader) {}

  ImageRecipe read(const YamlValue& root, const std::string& name) {
    const YamlStruct keys(
        reader_,
        root,
        {},
        "an image recipe",
        {{"image", "image: " + name},
         {"kernel", "kernel: linux-image-cloud-amd64"},
         {"modules", "modules: [virtio_net]"},
         {"packages", "packages: {busybox-static: [/bin/busybox]}"},
         {"files", "files: {/init: micro/init}"}},
        {"links", "programs", "root", "hypervisor", "host"});
    ImageRecipe recipe;
    if (const YamlValue* value = keys.find("image")) {
      recipe.name = word(*value, name).value_or("");
      check_name(recipe.name, name, value->where);
    }
    if (const YamlValue* value = keys.find("kernel")) {
      recipe.kernel = word(*value, "linux-image-cloud-amd64").value_or("");
    }
    if (const YamlValue* value = keys.find("hypervisor")) {
      recipe.hypervisor = word(*value, "xen-hypervisor-4.17-amd64").value_or("");
    }
    if (const YamlValue* value = keys.find("host")) {
      recipe.host = host(*value).value_or("");
    }
    if (const YamlValue* value = keys.find("modules")) {
      recipe.modules = words(*value, "virtio_net");
    }
    if (const YamlValue* value = keys.find("packages")) {
      recipe.packages = packages(*value);
    }
    recipe.links = guest_files(keys.find("links"), "/bin/sh", "busybox");
    recipe.files = guest_files(keys.find("files"), "/init", "micro/init");
    recipe.programs = guest_files(keys.find("programs"), "/bin/responder", "responder");
    if (const YamlValue* value = keys.find("root")) {
      recipe.root = root_section(*value);
    }
    if (const YamlValue* value = keys.find("host"); value && !recipe.host.empty()) {
      check_host(recipe, value->where);
    }
    if (const YamlValue* value = keys.find("files"); value != nullptr && !reader_.diagnostics().has_errors()) {
      check_init(recipe.files, value->where);
    }
    return recipe;
  }

private:
  void check_name(const std::string& written, const std::string& wanted, const Location& where) {
    if (!written.empty() && written != wanted) {
      reader_.diagnostics().error(
          where,
          fmt::format("the recipe of image '{}' is in a file for '{}'", written, wanted),
          fmt::format("name the file {}.image.yaml", written));
    }
  }

  void check_host(const ImageRecipe& recipe, const Location& where) {
    if (!recipe.root) {
      reader_.diagnostics().error(
          where, "a host's system has no 'root'", "its root file system is on a disk: say what is installed there");
    }
    if (recipe.host == "xen" && recipe.hypervisor.empty()) {
      reader_.diagnostics().error(
          where, "a Xen host has no 'hypervisor'", "name Xen's package: 'hypervisor: xen-hypervisor-4.17-amd64'");
    }
  }

  void check_init(const std::map<std::string, std::string>& files, const Location& where) {
    if (!files.contains("/init")) {
      reader_.diagnostics().error(where, "no file for /init", "the kernel starts /init first: name it under files");
    }
  }

  /// Names of packages, modules and files become arguments of programs: no blanks, and nothing like an option.
  bool check_word(const Located<std::string>& text, const std::string& what) {
    if (text.value.find_first_of(" \t\n") == std::string::npos && text.value.front() != '-') {
      return true;
    }
    reader_.diagnostics().error(
        text.where, fmt::format("{} is '{}', but must be one word", what, text.value), "no blanks, no '-' in front");
    return false;
  }

  bool check_path(const Located<std::string>& text) {
    if (is_guest_path(text.value)) {
      return true;
    }
    reader_.diagnostics().error(
        text.where, fmt::format("'{}' is no absolute path of the guest", text.value), "write it like /bin/sh");
    return false;
  }

  std::optional<std::string> word(const YamlValue& value, const std::string& example) {
    const auto text = reader_.text(value, example);
    return text && check_word(*text, value.what) ? std::optional(text->value) : std::nullopt;
  }

  std::optional<std::string> host(const YamlValue& value) {
    const auto text = reader_.text(value, "xen");
    if (text && text->value != "xen" && text->value != "kvm" && text->value != "storage") {
      reader_.diagnostics().error(
          text->where,
          fmt::format("no kind of host is called '{}'", text->value),
          "write xen or kvm, as the hypervisor of such hosts, or storage");
    }
    return text ? std::optional(text->value) : std::nullopt;
  }

  std::vector<std::string> words(const YamlValue& list, const std::string& example) {
    std::vector<std::string> result;
    for (const YamlValue& item : reader_.items(list, "[" + example + "]").value_or(std::vector<YamlValue>{})) {
      if (const auto text = word(item, example)) {
        result.push_back(*text);
      }
    }
    return result;
  }

  RootRecipe root_section(const YamlValue& map) {
    const YamlStruct keys(
        reader_,
        map,
        map.where,
        "the root file system",
        {{"suite", "suite: bookworm"},
         {"size", "size: 1GiB"},
         {"memory", "memory: 256MiB"},
         {"packages", "packages: [apache2]"}},
        {"files", "programs", "sources"});
    RootRecipe root;
    if (const YamlValue* value = keys.find("suite")) {
      root.suite = word(*value, "bookworm").value_or("");
    }
    root.size = amount(keys.find("size"), "1GiB");
    root.memory = amount(keys.find("memory"), "256MiB");
    if (const YamlValue* value = keys.find("packages")) {
      root.packages = words(*value, "apache2");
    }
    if (const YamlValue* value = keys.find("sources")) {
      for (const YamlValue& item : reader_.items(*value, source_example).value_or(std::vector<YamlValue>{})) {
        if (const auto line = reader_.text(item, source_example); line && check_source(*line)) {
          root.sources.push_back(line->value);
        }
      }
    }
    root.files = guest_files(keys.find("files"), "/usr/local/sbin/migralab-init", "debian/migralab-init");
    root.programs = guest_files(keys.find("programs"), "/usr/local/bin/responder", "responder");
    return root;
  }

  bool check_source(const Located<std::string>& line) {
    const bool fine = line.value.starts_with("deb ") && line.value.find('\n') == std::string::npos;
    if (!fine) {
      reader_.diagnostics().error(
          line.where,
          fmt::format("'{}' is no source of packages", line.value),
          fmt::format("write it as sources.list(5) does: {}", source_example));
    }
    return fine;
  }

  Bytes amount(const YamlValue* value, const std::string& example) {
    const auto text = value == nullptr ? std::nullopt : reader_.text(*value, example);
    if (!text) {
      return {};
    }
    const Parsed<Bytes> parsed = parse_bytes(text->value);
    if (!parsed.value) {
      reader_.diagnostics().error(
          text->where, fmt::format("{}: {}", value->what, parsed.problem), "write it like " + example);
    } else if (parsed.value->count % Bytes::mib(1).count != 0 || parsed.value->count == 0) {
      reader_.diagnostics().error(
          text->where,
          fmt::format("{} is {}, but must be whole MiB", value->what, text->value),
          "write it like " + example);
    }
    return parsed.value.value_or(Bytes{});
  }

  std::map<std::string, std::vector<std::string>> packages(const YamlValue& map) {
    std::map<std::string, std::vector<std::string>> result;
    for (const YamlEntry& entry : reader_.entries(map, "{busybox-static: [/bin/busybox]}").value_or(none_)) {
      static_cast<void>(check_word(entry.key, "a package's name")); // said is enough: the recipe is refused
      auto& paths = result[entry.key.value];
      for (const YamlValue& item : reader_.items(entry.value, "[/bin/busybox]").value_or(std::vector<YamlValue>{})) {
        if (const auto path = word(item, "/bin/busybox"); path && check_path({*path, item.where})) {
          paths.push_back(*path);
        }
      }
    }
    return result;
  }

  /// "path in the guest: word"; nothing where the key is not given. `path` and `source` are an example.
  std::map<std::string, std::string>
  guest_files(const YamlValue* map, const std::string& path, const std::string& source) {
    std::map<std::string, std::string> result;
    const std::string example = fmt::format("{{{}: {}}}", path, source);
    for (const YamlEntry& entry : map == nullptr ? none_ : reader_.entries(*map, example).value_or(none_)) {
      const auto what = word(entry.value, source);
      if (check_word(entry.key, "a path in the guest") && check_path(entry.key) && what) {
        result[entry.key.value] = *what;
      }
    }
    return result;
  }

  YamlReader& reader_;
  const std::vector<YamlEntry> none_;
};

/// "/bin/responder 755 SHA-256\n": what the file will be in the guest.
std::string line_of(const std::string& kind, const std::string& path, const std::filesystem::path& source) {
  const bool executable = (std::filesystem::status(source).permissions() & std::filesystem::perms::owner_exec) !=
                          std::filesystem::perms::none;
  return fmt::format("{} {} {} {}\n", kind, path, executable ? "755" : "644", sha256_of_file(source));
}

} // namespace

ImageRecipe parse_recipe(const std::string& text, const std::string& name, Diagnostics& diagnostics) {
  YamlReader reader(text, diagnostics, "image: " + name);
  const auto root = reader.root();
  return root ? RecipeReader(reader).read(*root, name) : ImageRecipe{};
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
  const auto add = [&](const std::string& where, const auto& files, const auto& guest_programs) {
    for (const auto& file_entry : files) {
      all += with_context(
          "image " + name, [&] { return line_of(where + "file", file_entry.first, recipes / file_entry.second); });
    }
    for (const auto& [path, program] : guest_programs) {
      if (!std::filesystem::exists(programs / program)) {
        throw Error(fmt::format("image {}: the guest program '{}' has not been built", name, program))
            .with_hint(fmt::format("build migralab first; it is looked for in {}", programs.native()));
      }
      all += line_of(where + "program", path, programs / program);
    }
  };
  add("", source.recipe.files, source.recipe.programs);
  if (const auto& root = source.recipe.root) {
    add("root ", root->files, root->programs);
  }
  source.digest = sha256_of_text(all);
  return source;
}

} // namespace migralab
