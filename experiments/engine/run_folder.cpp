// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/run_folder.hpp"

#include "json_fields.hpp"
#include "migralab/core/clock.hpp"
#include "migralab/core/digests.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/printable.hpp"
#include "migralab/topology/load.hpp"
#include "trial_files.hpp"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* schema = "migralab.run/3";

constexpr auto claim_limit = std::chrono::seconds(3); // children of a run that was killed end a moment later

constexpr const char* run_file = "run.json";
constexpr const char* experiment_file = "experiment.exp.yaml";
constexpr const char* topology_file = "topology.lab.yaml";

std::string trial_name(unsigned number) {
  return fmt::format("{:04}", number);
}

fs::path trial_folder(const fs::path& run, unsigned number) {
  return run / "trials" / trial_name(number);
}

/// Nothing for a folder that RunFolder::write() did not name.
std::optional<unsigned> trial_number(const std::string& name) {
  unsigned number = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  return problem == std::errc() && trial_name(number) == name ? std::optional(number) : std::nullopt;
}

/// What is in the run's folder of trials.
std::vector<fs::path> entries_of_trials(const fs::path& run) {
  std::vector<fs::path> entries;
  try {
    for (const auto& entry : fs::directory_iterator(run / "trials")) {
      entries.push_back(entry.path());
    }
  } catch (const fs::filesystem_error& problem) {
    throw Error(
        fmt::format("cannot list the trials in {}: {}", (run / "trials").native(), problem.code().message()),
        ExitStatus::bad_input)
        .with_hint("the folder 'trials' belongs to every run, also to one without trials: take the run from a copy");
  }
  return entries;
}

/// Not what is there but cannot be read: that is told better by who tries.
bool is_there(const fs::path& path) {
  std::error_code unreadable;
  return fs::symlink_status(path, unreadable).type() != fs::file_type::not_found;
}

constexpr const char* part_hint = "take the file from a copy or a bundle of the run";

/// One of the files that every run has.
std::string read_part(const fs::path& run, const char* name) {
  if (!is_there(run / name)) {
    throw Error(fmt::format("{} is no whole run: it has no {}", run.native(), name), ExitStatus::bad_input)
        .with_hint(part_hint);
  }
  return read_plain_file(run / name);
}

/// Reads run.json with `use`; what is wrong in it is told with its path.
template <typename Use> auto with_run_json(const fs::path& run, Use&& use) {
  const std::string text = read_part(run, run_file);
  try {
    const Json json = parse_json(text);
    return use(JsonFields(json));
  } catch (const Error& error) {
    throw Error(fmt::format("{} is damaged: {}", (run / run_file).native(), error.what()), ExitStatus::bad_input)
        .with_hint(part_hint);
  }
}

Json run_json(const RunRecord& run, const std::string& lab_name) {
  Json json{
      {"schema", schema},
      {"experiment", run.experiment.name},
      {"created_at", run.created_at},
      {"experiment_file", run.experiment.file.native()},
      {"topology_file", run.experiment.topology.native()},
      {"lab_name", lab_name}};
  json["provenance"] = Json::object();
  for (const auto& [key, value] : run.provenance) {
    json["provenance"][key] = value;
  }
  return json;
}

/// By itself, before any level is set in it: what is wrong with it is told of the run's own file, at its own lines.
/// cells_of() would say it of the experiment.
void expect_sound(const fs::path& file, const TopologySource& topology) {
  Diagnostics diagnostics(file.native(), topology.text);
  static_cast<void>(parse_topology(topology.text, topology.file, topology.rename, diagnostics)); // only what is wrong
  try {
    diagnostics.throw_if_errors();
  } catch (InputError& error) {
    error.with_hint(part_hint);
    throw;
  }
}

/// Those that its list of digests names and that are there.
TrialFiles read_files(const fs::path& folder) {
  TrialFiles files;
  if (!is_there(folder / digest_list)) {
    return files;
  }
  files[digest_list] = read_plain_file(folder / digest_list);
  for (const auto& [name, digest] : parse_digest_lines(files[digest_list])) {
    if (is_there(folder / name)) {
      files[name] = read_plain_file(folder / name);
    }
  }
  return files;
}

} // namespace

RunFolder RunFolder::create(
    const fs::path& folder,
    const RunRecord& run,
    const std::string& topology_text,
    const std::string& lab_name) {
  std::error_code problem;
  fs::create_directories(folder.parent_path(), problem);
  if (!problem && !fs::create_directory(folder, problem) && !problem) {
    throw Error(fmt::format("{} is there already", folder.native())).with_hint("--output names another place");
  }
  if (!problem) {
    fs::create_directory(folder / "trials", problem);
  }
  if (problem) {
    throw Error(fmt::format("cannot make the results' folder {}: {}", folder.native(), problem.message()))
        .with_hint("--output names another place for results");
  }
  write_file(folder / experiment_file, run.experiment.text);
  write_file(folder / topology_file, topology_text);
  write_file(folder / run_file, run_json(run, lab_name).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  return RunFolder(folder);
}

RunFolder RunFolder::open(const fs::path& folder) {
  if (!is_there(folder / run_file)) {
    throw Error(fmt::format("{} is no folder of results: it has no run.json", folder.native()), ExitStatus::bad_input)
        .with_hint("give the folder that `migralab run` named, for example runs/quickstart-20260101T120000000Z");
  }
  const std::string found = with_run_json(folder, [](const JsonFields& run) {
    if (!run.has("schema")) {
      throw Error("it lacks 'schema', the version of the format");
    }
    return run.text("schema");
  });
  if (found != schema) {
    throw Error(
        fmt::format(
            "{} was written by another version of migralab: it is of schema {}, this version reads {}",
            folder.native(),
            quotable(found),
            schema),
        ExitStatus::bad_input)
        .with_hint("read it with the version that its provenance names, or run the experiment again");
  }
  return RunFolder(folder);
}

RunRecord RunFolder::header() const {
  const std::string text = read_part(path_, experiment_file);
  TopologySource topology{.file = {}, .text = read_part(path_, topology_file)};
  RunRecord run;
  fs::path written_as;
  with_run_json(path_, [&](const JsonFields& fields) {
    written_as = fields.text("experiment_file");
    topology.file = fields.text("topology_file");
    topology.rename = fields.text("lab_name");
    run.created_at = fields.text("created_at");
    run.provenance = fields.texts("provenance");
  });
  Diagnostics diagnostics((path_ / experiment_file).native(), text);
  run.experiment = parse_experiment(text, written_as, diagnostics);
  diagnostics.throw_if_errors();
  run.experiment.topology = topology.file;
  expect_sound(path_ / topology_file, topology);
  run.cells = cells_of(run.experiment, topology);
  return run;
}

bool RunFolder::has(unsigned number) const {
  return fs::exists(trial_folder(path_, number));
}

void RunFolder::write(const TrialOutcome& trial) const {
  const fs::path place = trial_folder(path_, trial.plan.number);
  const fs::path unfinished = place.parent_path() / fmt::format(".{}-{}", place.filename().native(), ::getpid());
  with_context(fmt::format("write trial {}", trial.plan.number), [&] {
    try {
      fs::create_directory(unfinished);
      for (const auto& [name, content] : files_of(trial)) {
        write_file(unfinished / name, content);
      }
      fs::rename(unfinished, place);
    } catch (const std::exception& error) {
      std::error_code ignored; // what is left is no trial, and the next start clears it
      fs::remove_all(unfinished, ignored);
      const auto* problem = dynamic_cast<const fs::filesystem_error*>(&error);
      throw Error(
          problem == nullptr
              ? error.what()
              : fmt::format("cannot make the folder {}: {}", problem->path1().native(), problem->code().message()))
          .with_hint(fmt::format(
              "the trials before it are whole: make room, then `migralab run --resume {}`", path_.native()));
    }
  });
}

TrialOutcome RunFolder::read(unsigned number) const {
  const fs::path folder = trial_folder(path_, number);
  try {
    TrialOutcome trial = trial_from(read_files(folder));
    if (trial.plan.number != number) {
      throw Error(fmt::format("it holds trial {}: a folder was copied or renamed", trial.plan.number));
    }
    return trial;
  } catch (const Error& error) {
    throw error.in(folder.native()).with_hint(damage_hint);
  }
}

std::vector<unsigned> RunFolder::trials() const {
  std::vector<unsigned> numbers;
  for (const fs::path& entry : entries_of_trials(path_)) {
    if (const auto number = trial_number(entry.filename().native())) {
      numbers.push_back(*number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<fs::path> RunFolder::files() const {
  std::vector<fs::path> files{experiment_file, run_file, topology_file};
  for (const unsigned number : trials()) {
    const fs::path folder = fs::path("trials") / trial_name(number);
    std::vector<fs::path> listed{digest_list};
    try {
      for (const auto& [name, digest] : parse_digest_lines(read_plain_file(path_ / folder / digest_list))) {
        listed.emplace_back(name);
      }
    } catch (const Error&) { // a damaged trial is kept as it is, for whoever can mend it
    }
    for (const fs::path& name : listed) {
      std::error_code unreadable;
      if (fs::symlink_status(path_ / folder / name, unreadable).type() == fs::file_type::regular) {
        files.push_back(folder / name);
      }
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.native() < b.native(); });
  return files;
}

UniqueFd RunFolder::claim() const {
  UniqueFd folder(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) {
    throw system_error(fmt::format("cannot open {}", path_.native()));
  }
  const Deadline deadline(claim_limit);
  while (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (deadline.passed()) {
      throw Error(fmt::format("another migralab measures into {}", path_.native()))
          .with_hint("wait until it has ended; a run has one process at a time");
    }
    ::usleep(20'000);
  }
  for (const fs::path& entry : entries_of_trials(path_)) {
    if (entry.filename().native().starts_with(".")) { // a folder that never got its name
      std::error_code problem;
      fs::remove_all(entry, problem);
      if (problem) {
        throw Error(fmt::format("cannot remove {}: {}", entry.native(), problem.message()));
      }
    }
  }
  return folder;
}

RunRecord read_run(const fs::path& folder, std::vector<std::string>& damaged) {
  const RunFolder open = RunFolder::open(folder);
  RunRecord run = open.header();
  for (const unsigned number : open.trials()) {
    try {
      run.trials.push_back(open.read(number));
    } catch (const Error& error) {
      damaged.emplace_back(error.what());
    }
  }
  return run;
}

} // namespace migralab
