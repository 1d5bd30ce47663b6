// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/run_folder.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "trial_files.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <system_error>
#include <unistd.h>

namespace migralab {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* schema = "migralab.run/2";

fs::path trial_folder(const fs::path& run, unsigned number) {
  return run / "trials" / fmt::format("{:04}", number);
}

Json read_json(const fs::path& file) {
  try {
    return Json::parse(read_file(file));
  } catch (const Json::exception& error) {
    throw Error(fmt::format("{} is damaged: {}", file.native(), error.what()), ExitStatus::bad_input);
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

TrialFiles read_files(const fs::path& folder) {
  TrialFiles files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files[entry.path().filename().native()] = read_file(entry.path());
  }
  return files;
}

/// What a writer that was killed left: folders that never got their name.
void remove_unfinished(const fs::path& trials) {
  std::vector<fs::path> unfinished;
  for (const auto& entry : fs::directory_iterator(trials)) {
    if (entry.path().filename().native().front() == '.') {
      unfinished.push_back(entry.path());
    }
  }
  for (const fs::path& folder : unfinished) {
    fs::remove_all(folder);
  }
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
  write_file(folder / "experiment.exp.yaml", run.experiment.text);
  write_file(folder / "topology.lab.yaml", topology_text);
  write_file(folder / "run.json", run_json(run, lab_name).dump(2) + "\n");
  return RunFolder(folder);
}

RunFolder RunFolder::open(const fs::path& folder) {
  const fs::path file = folder / "run.json";
  if (!fs::exists(file)) {
    throw Error(fmt::format("{} is no folder of results: it has no run.json", folder.native()), ExitStatus::bad_input)
        .with_hint("give the folder that `migralab run` named, for example runs/quickstart-20260101T120000000Z");
  }
  const Json json = read_json(file);
  const Json found = json.is_object() && json.contains("schema") ? json["schema"] : Json();
  if (found != schema) {
    throw Error(
        fmt::format(
            "{} was written by another version of migralab: it is of schema {}, this version reads {}",
            folder.native(),
            found.is_string() ? found.get<std::string>() : "(none)",
            schema),
        ExitStatus::bad_input)
        .with_hint("read it with the version that its provenance names, or run the experiment again");
  }
  return RunFolder(folder);
}

RunRecord RunFolder::header() const {
  const Json json = read_json(path_ / "run.json");
  RunRecord run;
  try {
    const std::string text = read_file(path_ / "experiment.exp.yaml");
    Diagnostics diagnostics((path_ / "experiment.exp.yaml").native(), text);
    run.experiment = parse_experiment(text, json.at("experiment_file").get<std::string>(), diagnostics);
    diagnostics.throw_if_errors();
    run.experiment.topology = json.at("topology_file").get<std::string>();
    run.created_at = json.at("created_at");
    for (const auto& [key, value] : json.at("provenance").items()) {
      run.provenance.emplace_back(key, value.get<std::string>());
    }
    run.cells = cells_of(
        run.experiment,
        {.file = run.experiment.topology,
         .text = read_file(path_ / "topology.lab.yaml"),
         .rename = json.at("lab_name")});
  } catch (const Json::exception& error) {
    throw Error(fmt::format("{} is damaged: {}", (path_ / "run.json").native(), error.what()), ExitStatus::bad_input);
  }
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
      throw Error(error.what())
          .with_hint(fmt::format(
              "the trials before it are whole: make room, then `migralab run --resume {}`", path_.native()));
    }
  });
}

TrialOutcome RunFolder::read(unsigned number) const {
  const fs::path folder = trial_folder(path_, number);
  return with_context(folder.native(), [&] {
    try {
      TrialOutcome trial = trial_from(read_files(folder));
      if (trial.plan.number != number) {
        throw Error(fmt::format("it holds trial {}: a folder was copied or renamed", trial.plan.number));
      }
      return trial;
    } catch (const fs::filesystem_error& error) {
      throw Error(error.what());
    }
  });
}

std::vector<unsigned> RunFolder::trials() const {
  std::vector<unsigned> numbers;
  for (const auto& entry : fs::directory_iterator(path_ / "trials")) {
    const std::string name = entry.path().filename().native();
    if (name.find_first_not_of("0123456789") == std::string::npos) {
      numbers.push_back(static_cast<unsigned>(std::stoul(name)));
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

void RunFolder::clear_unfinished() const {
  remove_unfinished(path_ / "trials");
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
