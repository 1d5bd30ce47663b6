// SPDX-License-Identifier: Apache-2.0
#include "images.hpp"
#include "progress_bar.hpp"
#include "session.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include "migralab/core/files.hpp"
#include "migralab/image/cache.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace migralab {

namespace {

/// By an image's digest, the labs of this user that have guests of it.
std::map<std::string, std::set<std::string>> labs_by_image() {
  std::map<std::string, std::set<std::string>> labs;
  for (const std::string& lab : lab_names()) {
    try {
      const auto state = LabFolder(lab).read();
      for (const auto& [image, digest] : state.value_or(LabState{}).image_digests) {
        labs[digest].insert(lab);
      }
    } catch (const Error&) { // a damaged record: such a lab can only be taken down
    }
  }
  return labs;
}

struct BuildOptions {
  std::string name;
  std::string lock;
  bool locked = false;
  bool force = false;
};

void build(const BuildOptions& options) {
  const std::filesystem::path lock =
      options.lock.empty() ? lock_file_of(options.name) : std::filesystem::path(options.lock);
  std::optional<ImageFacts> wanted;
  if (options.locked || !options.lock.empty()) {
    wanted = read_lock(options.name, lock); // before minutes of building
  }
  SystemRunner runner;
  ImageStore images = image_store(runner);
  const Instant began = std::chrono::steady_clock::now();
  GuestImage image;
  {
    ProgressBar bar;
    image = options.force ? images.build(options.name, bar.as_progress(), true)
                          : images.ensure(options.name, bar.as_progress());
  }
  if (wanted) {
    expect_locked(images, options.name, lock, *wanted);
  }
  fmt::print("image {} is ready ({}): {}\n", image.name, human(std::chrono::steady_clock::now() - began), image.digest);
}

void write_lock(const std::string& name, const std::string& output) {
  SystemRunner runner;
  const ImageStore images = image_store(runner);
  const std::filesystem::path file = output.empty() ? lock_file_of(name) : std::filesystem::path(output);
  const ImageFacts facts = images.facts(name);
  write_file(file, render_lock(facts));
  fmt::print("{}: image {}, {} packages\n", file.native(), name, facts.packages.size());
}

void ls(bool json) {
  const auto labs = labs_by_image();
  std::vector<std::vector<std::string>> rows{{"IMAGE", "KIND", "DIGEST", "SIZE", "BUILT", "RECIPE", "USED BY"}};
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const CachedImage& image : image_cache().list()) {
    const auto used = labs.find(image.digest);
    const std::set<std::string> users = used == labs.end() ? std::set<std::string>() : used->second;
    list.push_back(
        {{"name", image.name},
         {"kind", image.kind},
         {"digest", image.digest},
         {"bytes", image.size.count},
         {"built", image.built},
         {"current", image.current},
         {"folder", image.folder.native()},
         {"labs", users}});
    rows.push_back(
        {image.name,
         image.kind,
         image.digest.substr(0, 12),
         human(image.size),
         image.built.substr(0, image.built.find('.')),
         image.current ? "current" : "former",
         fmt::format("{}", fmt::join(users, ", "))});
  }
  if (json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"schema", "migralab.images/1"}, {"images", list}}.dump(2));
  } else if (list.empty()) {
    talk("no image has been built; `migralab up` builds what a lab needs");
  } else {
    fmt::print("{}", render_rows(rows));
  }
}

int verify(std::vector<std::string> names) {
  for (std::string& name : names) {
    if (name.find('/') != std::string::npos) { // a file's copy has its absolute path as name
      name = std::filesystem::absolute(name).lexically_normal();
    }
  }
  std::size_t looked_at = 0;
  int code = 0;
  for (const CachedImage& image : image_cache().list()) {
    if (!names.empty() && std::find(names.begin(), names.end(), image.name) == names.end()) {
      continue;
    }
    ++looked_at;
    const std::vector<std::string> damage = ImageCache::damage(image);
    if (damage.empty()) {
      fmt::print("image {} ({}) is whole\n", image.name, image.digest.substr(0, 12));
      continue;
    }
    code = complain(Error(fmt::format("image {} in {}: {}", image.name, image.folder.native(), fmt::join(damage, "; ")))
                        .with_hint(
                            image.current && image.kind == "cloud"
                                ? fmt::format("`migralab image build {} --force` copies it anew", image.name)
                            : image.current ? fmt::format("`migralab image build {}` builds it anew", image.name)
                                            : "no recipe makes it any more: `migralab image gc` removes it"));
  }
  if (looked_at == 0 && !names.empty()) {
    throw Error(fmt::format("no image {} has been built", fmt::join(names, ", ")), ExitStatus::bad_input)
        .with_hint("`migralab image ls` lists those that have");
  }
  return code;
}

void gc(bool dry_run) {
  std::set<std::string> used;
  for (const auto& [digest, labs] : labs_by_image()) {
    used.insert(digest);
  }
  SystemRunner runner;
  Bytes freed;
  for (const CachedImage& image : image_cache().collect(runner, used, dry_run)) {
    fmt::print("{}{} ({})\n", dry_run ? "would remove " : "removed ", image.folder.native(), human(image.size));
    freed += image.size;
  }
  fmt::print("{} {}\n", human(freed), dry_run ? "would be free" : "freed");
}

} // namespace

void add_image(CLI::App& app, Outcome& outcome) {
  CLI::App* verb = app.add_subcommand("image", "build, list, verify, lock and remove guest images");
  verb->require_subcommand(1);

  auto options = std::make_shared<BuildOptions>();
  CLI::App* build_verb = verb->add_subcommand("build", "build an image, unless it is in the cache");
  build_verb->add_option("NAME", options->name, "of a recipe, or the path of a qcow2 file")->required();
  build_verb->add_flag("--locked", options->locked, "it has to be what NAME.image.lock here says");
  build_verb->add_option("--lock", options->lock, "it has to be what this lock file says");
  build_verb->add_flag("--force", options->force, "build it even if it is in the cache");
  build_verb->callback([options] { build(*options); });

  auto name = std::make_shared<std::string>();
  auto output = std::make_shared<std::string>();
  CLI::App* lock_verb = verb->add_subcommand("lock", "write down what a built image was made of");
  lock_verb->add_option("NAME", *name, "of a recipe, or the path of a qcow2 file")->required();
  lock_verb->add_option("--output", *output, "file; default: NAME.image.lock here");
  lock_verb->callback([name, output] { write_lock(*name, *output); });

  auto json = std::make_shared<bool>(false);
  CLI::App* ls_verb = verb->add_subcommand("ls", "list the images of this user");
  ls_verb->add_flag("--json", *json, "for scripts");
  ls_verb->callback([json] { ls(*json); });

  auto names = std::make_shared<std::vector<std::string>>();
  CLI::App* verify_verb = verb->add_subcommand("verify", "read images and compare them with their digests");
  verify_verb->add_option("NAME", *names, "default: all");
  verify_verb->callback([names, &outcome] { outcome.code = verify(*names); });

  auto dry_run = std::make_shared<bool>(false);
  CLI::App* gc_verb = verb->add_subcommand("gc", "remove images that no recipe makes any more and no lab uses");
  gc_verb->add_flag("--dry-run", *dry_run, "only say which");
  gc_verb->callback([dry_run] { gc(*dry_run); });
}

} // namespace migralab
