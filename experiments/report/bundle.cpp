// SPDX-License-Identifier: Apache-2.0
#include "digests.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/experiment/run_folder.hpp"
#include "migralab/report/report.hpp"

#include <fmt/format.h>
#include <set>
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

/// What of the run's own folder goes into the archive: its first level, so that tar sorts what is below.
std::set<std::string> top_level(const fs::path& run) {
  std::set<std::string> names;
  for (const fs::path& file : run_files(run)) {
    names.insert(file.begin()->native());
  }
  return names;
}

} // namespace

void write_bundle(const fs::path& run, const fs::path& archive, CommandRunner& runner) {
  with_context("bundle " + archive.native(), [&] {
    const fs::path folder = fs::absolute(run).lexically_normal();
    const std::string name = (folder.has_filename() ? folder : folder.parent_path()).filename().native();
    const Beside staged(fs::absolute(archive));
    write_file(staged.path() / "BUNDLE.md", readme(RunFolder::open(folder).header()));
    write_file(staged.path() / "SHA256SUMS", digest_lines(folder));
    const fs::path packed = staged.path() / "packed.tar.xz";
    // Owners, times and modes of this machine are none of the results.
    Command tar;
    tar.argv = {
        "tar",
        "--create",
        "--file",
        packed.native(),
        "--use-compress-program=xz -T1 -6",
        "--format=gnu",
        "--sort=name",
        "--mtime=@0",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--mode=u=rwX,go=rX",
        "--exclude=.[!.]*", // what an interrupted writer left
        "--transform=s,^,./" + name + "/,",
        "--transform=s,^\\./,,",
        "-C",
        staged.path().native(),
        "BUNDLE.md",
        "SHA256SUMS",
        "-C",
        folder.native()};
    for (const std::string& entry : top_level(folder)) {
      tar.argv.push_back(entry);
    }
    tar.environment = {{"LC_ALL", "C"}};
    tar.timeout = std::chrono::hours(1);
    run_checked(runner, tar);
    std::error_code problem;
    fs::rename(packed, archive, problem);
    if (problem) {
      throw Error("cannot put the archive in its place: " + problem.message());
    }
  });
}

fs::path unpack_bundle(const fs::path& archive, const fs::path& folder, CommandRunner& runner) {
  return with_context("unpack " + archive.native(), [&] {
    std::error_code problem;
    if (!fs::is_regular_file(archive, problem)) {
      throw Error("there is no such file", ExitStatus::bad_input);
    }
    if (!fs::create_directories(folder, problem)) {
      throw Error("cannot make the folder " + folder.native() + (problem ? ": " + problem.message() : ": it is there"));
    }
    Command tar;
    tar.argv = {"tar", "--extract", "--file", fs::absolute(archive).native(), "--no-same-owner", "-C", folder.native()};
    tar.environment = {{"LC_ALL", "C"}};
    tar.timeout = std::chrono::hours(1);
    const CommandResult result = runner.run(tar);
    if (!result.ok()) {
      throw Error("it is no archive that tar reads: " + result.errors, ExitStatus::bad_input);
    }
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (fs::exists(entry.path() / "run.json", problem)) {
        return entry.path();
      }
    }
    throw Error("there is no run in it: no folder with a run.json", ExitStatus::bad_input);
  });
}

} // namespace migralab
