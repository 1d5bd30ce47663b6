// SPDX-License-Identifier: Apache-2.0
#include "build.hpp"

#include "manifest.hpp"
#include "modules.hpp"
#include "root_build.hpp"
#include "tools.hpp"

#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/interrupt.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <sstream>
#include <sys/stat.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;

constexpr auto fetch_time = std::chrono::minutes(10);
constexpr auto unpack_time = std::chrono::minutes(2);

class Build {
public:
  Build(CommandRunner& runner, const RecipeSource& source, fs::path work, const ImageProgress& progress)
      : runner_(runner), recipe_(source.recipe), source_(source), work_(std::move(work)), progress_(progress) {}

  void run() {
    const std::string kernel_package = resolve_kernel();
    std::vector<std::string> packages{kernel_package};
    for (const auto& [package, paths] : recipe_.packages) {
      packages.push_back(package);
    }
    if (!recipe_.hypervisor.empty()) {
      packages.push_back(recipe_.hypervisor);
    }
    for (const std::string& package : packages) {
      unpack(package, fetch(package));
      done_ += 0.9 * initramfs_share() / static_cast<double>(packages.size());
    }
    tell("packing " + recipe_.name);
    fs::create_directories(image());
    take_kernel(kernel_package);
    if (!recipe_.hypervisor.empty()) {
      take_hypervisor();
    }
    take_files();
    pack();
    ImageManifest manifest{
        .name = recipe_.name,
        .recipe = source_.digest,
        .built = utc_timestamp(),
        .packages = facts_,
        .modules = modules_,
        .products = {},
        .contents = {},
        .qcow2 = false,
        .disk_size = {}};
    if (recipe_.root) {
      add_root(manifest);
    }
    for (const fs::directory_entry& product : fs::directory_iterator(image())) {
      manifest.products[product.path().filename()] = sha256_of_file(product.path());
    }
    write_file(image() / manifest_file, to_json(manifest));
  }

private:
  /// Of the whole build's time, roughly.
  [[nodiscard]] double initramfs_share() const { return recipe_.root ? 0.08 : 1; }

  void tell(const std::string& what) { progress_({what, {}, done_}); }

  void add_root(ImageManifest& manifest) {
    const double before = initramfs_share();
    const BuiltRoot root = build_root(runner_, source_, work_, image() / disk_file, [&, before](const ImageStep& step) {
      progress_({step.what, step.detail, before + (1 - before) * step.done});
    });
    for (const auto& [package, fact] : root.packages) {
      manifest.packages[package] = fact; // one of both parts is the same: the archive has one version
    }
    manifest.contents = root.contents;
    manifest.disk_size = recipe_.root->size;
  }

  [[nodiscard]] fs::path image() const { return work_ / "image"; }
  [[nodiscard]] fs::path root() const { return work_ / "root"; }
  [[nodiscard]] fs::path unpacked(const std::string& package) const { return work_ / "unpacked" / package; }

  std::string show(const std::string& package) {
    Command command{.argv = {"apt-cache", "show", "--no-all-versions", package}};
    command.environment["LC_ALL"] = "C";
    const CommandResult result = runner_.run(command);
    throw_if_interrupted();
    const bool unknown = result.end == CommandResult::End::exited &&
                         (result.status == 100 || field_of(result.output, "Package").empty());
    if (unknown) {
      throw machine_lacks(fmt::format("apt knows no package {}", package), refresh_hint);
    }
    return run_tool_result(command, result);
  }

  static std::string run_tool_result(const Command& command, const CommandResult& result) {
    if (result.end == CommandResult::End::not_started) {
      throw machine_lacks(
          fmt::format("{} is needed to build an image: {}", command.argv.front(), result.errors),
          "images are made of Debian packages: run this on Debian or a derivative");
    }
    return check(command, result);
  }

  /// linux-image-cloud-amd64 is empty and depends on the current kernel, linux-image-6.1.0-56-cloud-amd64.
  std::string resolve_kernel() {
    std::istringstream depends(field_of(show(recipe_.kernel), "Depends"));
    for (std::string alternative; std::getline(depends, alternative, ',');) {
      alternative.erase(0, alternative.find_first_not_of(' '));
      alternative.resize(std::min(alternative.find(' '), alternative.size()));
      if (alternative.starts_with("linux-image-")) {
        return alternative;
      }
    }
    return recipe_.kernel;
  }

  /// Returns the package file.
  fs::path fetch(const std::string& package) {
    const std::string size = field_of(show(package), "Size");
    tell(
        size.empty() ? "fetching " + package
                     : fmt::format("fetching {} ({})", package, human(Bytes{std::stoull(size)})));
    const fs::path folder = work_ / "packages" / package;
    fs::create_directories(folder);
    // Root's apt would become the user _apt, who may not write into our folder.
    Command command{.argv = {"apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package}};
    command.folder = folder;
    command.timeout = fetch_time;
    try {
      run_tool(runner_, command, "apt");
    } catch (const Error& error) {
      if (error.status() != ExitStatus::failed) {
        throw;
      }
      throw machine_lacks(
          fmt::format("cannot fetch {}: {}", package, last_line(error.what())),
          fmt::format("is there a network? If there is, {}", refresh_hint));
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".deb") {
        return entry.path();
      }
    }
    throw Error(fmt::format("apt-get download {} left no package file", package));
  }

  void unpack(const std::string& package, const fs::path& file) {
    tell("unpacking " + package);
    const std::string version = run_tool(runner_, {.argv = {"dpkg-deb", "--field", file, "Version"}}, "dpkg");
    facts_[package] = {last_line(version), sha256_of_file(file)};
    fs::create_directories(unpacked(package));
    Command command{.argv = {"dpkg-deb", "-x", file, unpacked(package)}};
    command.timeout = unpack_time;
    run_tool(runner_, command, "dpkg");
  }

  void take_kernel(const std::string& package) {
    const fs::path tree = unpacked(package);
    const fs::path kernel = only_entry(tree / "boot", "vmlinuz-");
    fs::copy_file(kernel, image() / kernel_file);
    // Newer Debian packages keep modules below /usr/lib; depmod looks below /lib.
    if (!fs::exists(tree / "lib/modules")) {
      fs::create_directory_symlink("usr/lib", tree / "lib");
    }
    const std::string release = kernel.filename().native().substr(std::string("vmlinuz-").size());
    run_tool(runner_, {.argv = {"depmod", "-b", tree, release}}, "kmod");
    const fs::path modules = tree / "lib/modules" / release;
    const std::vector<std::string> order =
        load_order(read_file(modules / "modules.dep"), read_file(modules / "modules.builtin"), recipe_.modules);
    std::string list;
    for (const std::string& module : order) {
      const std::string name = fs::path(module).filename();
      put(modules / module, "/lib/modules/" + name);
      modules_.push_back(name);
      list += name + "\n";
    }
    fs::create_directories(root() / "etc");
    write_file(root() / "etc/modules", list);
  }

  /// Unpacked: a loader that takes its modules (Multiboot) does not do that.
  void take_hypervisor() {
    const fs::path packed = only_entry(unpacked(recipe_.hypervisor) / "boot", "xen-", ".gz");
    fs::copy_file(packed, image() / (std::string(hypervisor_file) + ".gz"));
    run_tool(runner_, {.argv = {"gzip", "--decompress", image() / (std::string(hypervisor_file) + ".gz")}}, "gzip");
  }

  static fs::path only_entry(const fs::path& folder, const std::string& prefix, const std::string& end = {}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename();
      if (name.starts_with(prefix) && name.ends_with(end)) {
        return entry.path();
      }
    }
    throw Error(fmt::format("the package holds no /boot/{}*{}", prefix, end));
  }

  /// Copies with the source's mode; `path` is absolute in the guest.
  void put(const fs::path& source, const std::string& path) {
    const fs::path target = root() / path.substr(1);
    fs::create_directories(target.parent_path());
    fs::copy_file(source, target);
  }

  void take_files() {
    for (const auto& [package, paths] : recipe_.packages) {
      for (const std::string& path : paths) {
        with_context("package " + package, [&, &package = package] { put(existing(unpacked(package), path), path); });
      }
    }
    for (const auto& [path, source] : recipe_.files) {
      put(source_.files / source, path);
    }
    for (const auto& [path, program] : recipe_.programs) {
      put(source_.programs / program, path);
    }
    for (const auto& [path, target] : recipe_.links) {
      const fs::path link = root() / path.substr(1);
      fs::create_directories(link.parent_path());
      fs::create_symlink(target, link);
    }
    for (const char* mount_point : {"dev", "proc", "root", "srv", "sys", "tmp"}) {
      fs::create_directories(root() / mount_point);
    }
  }

  static fs::path existing(const fs::path& tree, const std::string& path) {
    fs::path file = tree / path.substr(1);
    if (!fs::exists(file)) {
      throw Error(fmt::format("has no file {}", path));
    }
    return file;
  }

  /// The same bytes for the same content, whoever builds it and when: sorted, dated 1970, modes 755 or 644, owner 0:0.
  /// Uncompressed: three megabytes boot no slower than one that has to be unpacked by an emulated processor.
  void pack() {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root())) {
      names.push_back(entry.path().lexically_relative(root()));
      normalize(entry.path());
    }
    std::sort(names.begin(), names.end());
    Command command{
        .argv = {
            "cpio",
            "--create",
            "--format=newc",
            "--reproducible",
            "--owner=0:0",
            "--quiet",
            "-F",
            image() / initramfs_file}};
    for (const std::string& name : names) {
      command.input += name + "\n";
    }
    command.folder = root();
    run_tool(runner_, command, "cpio");
  }

  static void normalize(const fs::path& path) {
    const timespec epoch{};
    const std::array<timespec, 2> times{epoch, epoch};
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
      throw system_error("cannot look at " + path.native());
    }
    const mode_t mode = S_ISDIR(status.st_mode) || (status.st_mode & S_IXUSR) != 0 ? 0755 : 0644;
    if ((!S_ISLNK(status.st_mode) && ::chmod(path.c_str(), mode) != 0) ||
        ::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
      throw system_error("cannot set mode and date of " + path.native());
    }
  }

  CommandRunner& runner_;
  const ImageRecipe& recipe_;
  const RecipeSource& source_;
  fs::path work_;
  const ImageProgress& progress_;
  std::map<std::string, PackageFact> facts_;
  double done_ = 0;
  std::vector<std::string> modules_;
};

} // namespace

void build_image(
    CommandRunner& runner,
    const RecipeSource& source,
    const fs::path& work,
    const ImageProgress& progress) {
  try {
    Build(runner, source, work, progress).run();
  } catch (const fs::filesystem_error& error) {
    if (error.code() == std::errc::no_space_on_device) {
      throw machine_lacks("the disk is full", "free space, or point XDG_CACHE_HOME to another disk");
    }
    throw Error(error.what());
  }
}

} // namespace migralab
