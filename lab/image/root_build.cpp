// SPDX-License-Identifier: Apache-2.0
#include "root_build.hpp"

#include "ext4.hpp"
#include "root_progress.hpp"
#include "tools.hpp"

#include "migralab/core/clock.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>

namespace migralab {

namespace {

namespace fs = std::filesystem;

constexpr auto install_time = std::chrono::minutes(30);
constexpr auto pack_time = std::chrono::minutes(5);
constexpr double installed = 0.92; // of this part

// 2023-01-01: what packages write when they are set up is dated so. Not 0: shadow(5) has that mean "password expired".
constexpr auto epoch = "1672531200";

/// What packages leave that depends on when and where they were installed, or that no guest needs.
constexpr const char* leftovers[] = {
    "dev", // devtmpfs covers it; only real root may make devices
    "etc/machine-id",
    "etc/resolv.conf",
    "var/cache/apt",
    "var/cache/debconf/config.dat-old",
    "var/cache/debconf/passwords.dat-old",
    "var/cache/debconf/templates.dat-old",
    "var/cache/ldconfig/aux-cache",
    "var/lib/apt/lists",
    "var/lib/dpkg/available-old",
    "var/lib/dpkg/diversions-old",
    "var/lib/dpkg/status-old",
    "var/lib/dpkg/statoverride-old",
    "var/lib/systemd/catalog/database",
    "var/log/alternatives.log",
    "var/log/apt",
    "var/log/bootstrap.log",
    "var/log/dpkg.log",
    "var/log/faillog",
    "var/log/lastlog",
};

class RootBuild {
public:
  RootBuild(CommandRunner& runner, const RecipeSource& source, const fs::path& work, const ImageProgress& progress)
      : runner_(runner), source_(source), root_(*source.recipe.root), work_(work), progress_(progress) {}

  BuiltRoot run(const fs::path& file) {
    install();
    BuiltRoot built{.packages = packages(), .contents = {}};
    progress_({"packing the root file system", {}, installed});
    clean();
    put_files();
    built.contents = digest_of_contents();
    progress_({"packing the root file system", {}, 0.97});
    make_ext4(
        runner_,
        {.file = file,
         .size = root_.size,
         .label = source_.recipe.name,
         .uuid = uuid_from("image " + source_.digest),
         .content = tree()},
        as_own_root());
    fs::permissions(file, fs::perms(0444)); // guests write to disks of their own
    remove_tree(runner_, tree());
    return built;
  }

private:
  [[nodiscard]] fs::path tree() const { return work_ / "tree"; }

  [[nodiscard]] Command as_root(const std::vector<std::string>& argv, Nanoseconds timeout) const {
    Command command{.argv = as_own_root(), .timeout = timeout};
    command.argv.insert(command.argv.end(), argv.begin(), argv.end());
    command.environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"; // a user's may lack the sbin folders
    return command;
  }

  void install() {
    const std::string step = fmt::format("installing {}", source_.recipe.name);
    progress_({step, {}, 0});
    std::vector<std::string> argv{
        "mmdebstrap",
        "--verbose",
        "--mode=root",
        "--variant=apt",
        "--format=directory",
        "--skip=cleanup/apt/lists", // they have the packages' digests
        "--aptopt=APT::Install-Recommends \"false\"",
        "--dpkgopt=force-unsafe-io", // a half-built tree is never used, so it need not survive a crash
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        fmt::format("--include={}", fmt::join(root_.packages, ",")),
        root_.suite,
        tree().native()};
    argv.insert(argv.end(), root_.sources.begin(), root_.sources.end());
    Command command = as_root(argv, install_time);
    command.environment["SOURCE_DATE_EPOCH"] = epoch;
    RootProgress parser;
    std::vector<std::string> complaints;
    command.watch = [&](const std::string& line) {
      if (line.starts_with("E: ") || line.starts_with("unshare: ") || line.starts_with("newuidmap: ")) {
        complaints.push_back(line);
      }
      if (parser.feed(line)) {
        progress_({step, parser.detail(), installed * parser.done()});
      }
    };
    try {
      run_tool(runner_, command, "mmdebstrap");
    } catch (const Error& error) {
      if (error.status() != ExitStatus::failed || complaints.empty()) {
        throw;
      }
      const bool no_namespaces = !complaints.front().starts_with("E: ");
      throw machine_lacks(
          fmt::format("mmdebstrap could not install the packages: {}", fmt::join(complaints, "; ")),
          no_namespaces ? "`migralab doctor` shows what labs, and builds of images, without root need"
                        : "is there a network, and do all these packages exist in the recipe's suite and sources?");
    }
  }

  /// Of everything installed: versions by dpkg, digests by apt's indexes, whose signatures apt has checked.
  std::map<std::string, PackageFact> packages() {
    std::map<std::string, PackageFact> facts;
    Command show{
        .argv = {
            "apt-cache",
            "-o",
            "Dir::State=" + (tree() / "var/lib/apt/").native(),
            "-o",
            "Dir::State::status=" + (tree() / "var/lib/dpkg/status").native(),
            "-o",
            "Dir::Cache=" + (work_ / "apt-cache").native(),
            "-o",
            "Dir::Etc=" + (tree() / "etc/apt/").native(),
            "show"}};
    fs::create_directories(work_ / "apt-cache");
    std::istringstream lines(run_tool(
        runner_,
        {.argv =
             {"dpkg-query",
              "--admindir=" + (tree() / "var/lib/dpkg").native(),
              "--show",
              "--showformat=${Package} ${Architecture} ${Version}\\n"}},
        "dpkg"));
    for (std::string name, architecture, version; lines >> name >> architecture >> version;) {
      facts[name].version = version;
      show.argv.push_back(fmt::format("{}:{}={}", name, architecture == "all" ? "amd64" : architecture, version));
    }
    // Paragraphs: of the archive, with a digest, and of dpkg's own list, without.
    std::istringstream text(run_tool(runner_, show, "apt"));
    std::string package;
    for (std::string line; std::getline(text, line);) {
      if (line.starts_with("Package: ")) {
        package = line.substr(9);
      } else if (line.starts_with("SHA256: ")) {
        facts[package].sha256 = line.substr(8);
      }
    }
    for (const auto& [name, fact] : facts) {
      if (fact.sha256.empty()) {
        throw Error(fmt::format("apt knows no digest of the package {} {} that it has installed", name, fact.version));
      }
    }
    return facts;
  }

  void clean() {
    for (const char* path : leftovers) {
      remove_tree(runner_, tree() / path);
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(tree() / "etc/ssh")) {
      if (entry.path().filename().native().starts_with("ssh_host_")) {
        fs::remove(entry.path()); // every guest makes its own
      }
    }
    fs::create_directory(tree() / "dev");
    fs::create_directories(tree() / "var/lib/apt/lists/partial");
    fs::create_directories(tree() / "var/cache/apt/archives/partial");
    write_file(tree() / "etc/hostname", source_.recipe.name + "\n");
  }

  void put(const fs::path& from, const std::string& path) {
    const fs::path target = tree() / path.substr(1);
    fs::create_directories(target.parent_path());
    fs::copy_file(from, target, fs::copy_options::overwrite_existing);
  }

  void put_files() {
    for (const auto& [path, file] : root_.files) {
      put(source_.files / file, path);
    }
    for (const auto& [path, program] : root_.programs) {
      put(source_.programs / program, path);
    }
    const fs::path www = tree() / "srv/www";
    fs::create_directories(www);
    write_file(
        www / "index.html",
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>@GUEST@</title>\n<h1>@GUEST@</h1>\n"
        "<p>This page is on the disk of guest @GUEST@. <a href=\"64k.bin\">64 KiB to fetch</a>.</p></html>\n");
    write_file(www / "64k.bin", noise(fetched_file_size));
    for (const char* file : {"index.html", "64k.bin"}) {
      fs::permissions(www / file, fs::perms(0644));
    }
  }

  /// Of a tar with sorted names and fixed dates: the same for the same files, whatever the file system does with them.
  std::string digest_of_contents() {
    const fs::path archive = work_ / "tree.tar";
    run_tool(
        runner_,
        as_root(
            {"tar",
             "--create",
             "--sort=name",
             "--numeric-owner",
             "--mtime=@" + std::string(epoch),
             "--format=gnu",
             "--file=" + archive.native(),
             "--directory=" + tree().native(),
             "."},
            pack_time),
        "tar");
    std::string digest = sha256_of_file(archive);
    fs::remove(archive);
    return digest;
  }

  CommandRunner& runner_;
  const RecipeSource& source_;
  const RootRecipe& root_;
  const fs::path& work_;
  const ImageProgress& progress_;
};

} // namespace

BuiltRoot build_root(
    CommandRunner& runner,
    const RecipeSource& source,
    const fs::path& work,
    const fs::path& file,
    const ImageProgress& progress) {
  try {
    return RootBuild(runner, source, work, progress).run(file);
  } catch (...) {
    remove_tree(runner, work / "tree");
    throw;
  }
}

Bytes room_for_root(const RootRecipe& root) {
  return root.size + root.size + Bytes::mib(512); // the tree or its archive, the file system, the packages
}

} // namespace migralab
