// SPDX-License-Identifier: Apache-2.0
#include "archive.hpp"
#include "digests.hpp"
#include "migralab/core/digests.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/experiment/run_folder.hpp"
#include "migralab/report/report.hpp"

#include <fmt/format.h>
#include <system_error>
#include <unistd.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;

/// A folder beside `place` that goes with this value.
class Beside {
public:
  explicit Beside(const fs::path& place) {
    std::string pattern = place.native() + ".XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw system_error("cannot make a folder beside " + place.native());
    }
    path_ = pattern;
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside() {
    std::error_code ignored; // a leftover folder is no reason to lose the archive
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

private:
  fs::path path_;
};

std::string readme(const RunRecord& run) {
  std::string text = fmt::format("# Results of the experiment {}\n\n", run.experiment.name);
  if (!run.experiment.about.empty()) {
    text += run.experiment.about + "\n\n";
  }
  text += fmt::format(
      "A results bundle of migralab. Measured from {} on.\n\n"
      "    migralab report FOLDER    # tables, figures and a page, made of these files alone; also of the archive "
      "itself\n"
      "    sha256sum -c SHA256SUMS   # nothing has changed since it was packed\n\n"
      "- experiment.exp.yaml, topology.lab.yaml: what was asked for, with the settings of the command line\n"
      "- run.json: with what and where it was measured\n"
      "- trials/0001, ...: every request, sample and event of each trial; trial.json: what came of it\n\n"
      "## Provenance\n\n",
      run.created_at);
  for (const auto& [key, value] : run.provenance) {
    text += fmt::format("- {}: {}\n", key, value);
  }
  return text;
}

void expect_packed(const Command& tar, const CommandResult& result, const fs::path& folder) {
  if (result.end == CommandResult::End::not_started) {
    throw machine_lacks("cannot start tar: " + result.errors, "install the packages tar and xz-utils");
  }
  if (!result.ok()) {
    expect_room(folder);
    check(tar, result);
  }
}

/// For tar's --null --files-from.
std::string null_separated(const std::vector<fs::path>& files) {
  std::string text;
  for (const fs::path& file : files) {
    text += file.native() + '\0';
  }
  return text;
}

} // namespace

void write_bundle(const fs::path& run, const fs::path& archive, CommandRunner& runner) {
  with_context("bundle " + archive.native(), [&] {
    const fs::path folder = fs::absolute(run).lexically_normal();
    const std::string name = (folder.has_filename() ? folder : folder.parent_path()).filename().native();
    const RunFolder source = RunFolder::open(folder);
    const Beside staged(fs::absolute(archive));
    write_file(staged.path() / bundle_readme, readme(source.header()));
    write_file(staged.path() / digest_list, digests_of_run(source));
    const fs::path packed = staged.path() / "packed.tar.xz";
    // Owners, times and modes of this machine are none of the results.
    Command tar;
    tar.argv = {
        "tar",
        "--create",
        "--force-local",
        "--file",
        packed.native(),
        "--use-compress-program=xz -T1 -6",
        "--format=gnu",
        "--mtime=@0",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--mode=u=rwX,go=rX",
        "--transform=s,^,./" + name + "/,",
        "--transform=s,^\\./,,",
        "-C",
        staged.path().native(),
        bundle_readme,
        digest_list,
        "-C",
        folder.native(),
        "--no-recursion",
        "--null",
        "--files-from=-"};
    tar.input = null_separated(source.files());
    tar.environment = {{"LC_ALL", "C"}};
    tar.timeout = std::chrono::hours(1);
    expect_packed(tar, runner.run(tar), staged.path());
    std::error_code problem;
    fs::rename(packed, archive, problem);
    if (problem) {
      throw Error("cannot put the archive in its place: " + problem.message());
    }
  });
}

} // namespace migralab
