// SPDX-License-Identifier: Apache-2.0
#include "migralab/experiment/series.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "sample_trial.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

namespace migralab {
namespace {

namespace fs = std::filesystem;

constexpr const char* topology_text = R"(lab: two
networks:
  lan: {subnet: 10.0.0.0/24}
hosts:
  h1: {hypervisor: kvm, memory: 2GiB, networks: [lan]}
  h2: {hypervisor: kvm, memory: 2GiB, networks: [lan]}
clients:
  client: {networks: [lan]}
guests:
  web: {image: micro, memory: 256MiB, host: h1, networks: [lan]}
)";

constexpr const char* experiment_text = R"(experiment: sweep
topology: two.lab.yaml
guest: web
route: [h2]
client: client
repetitions: 3
factors:
  migration.technique: [pre-copy, post-copy]
)";

/// Writes the sample trial for whatever it is asked to run.
class FakeRunner : public TrialRunner {
public:
  explicit FakeRunner(const RunFolder& folder) : folder_(folder) {}

  void run(const PlannedTrial& trial, const Cell& cell) override {
    if (interrupt_before == trial.number) {
      throw Error("interrupted", ExitStatus::interrupted);
    }
    ran.emplace_back(trial.number, cell.levels.at(0).value);
    TrialOutcome outcome = test::sample_trial();
    outcome.plan = trial;
    if (fail_from != 0 && trial.number >= fail_from) {
      outcome.error = "guest web runs on no host";
    }
    folder_.write(outcome);
  }

  unsigned interrupt_before = 0;
  unsigned fail_from = 0;
  std::vector<std::pair<unsigned, std::string>> ran;

private:
  const RunFolder& folder_;
};

class Series : public testing::Test {
protected:
  [[nodiscard]] RunFolder make(const std::string& text = experiment_text) {
    RunRecord run;
    Diagnostics diagnostics("sweep.exp.yaml", text);
    run.experiment = parse_experiment(text, scratch_.path() / "sweep.exp.yaml", diagnostics);
    diagnostics.throw_if_errors();
    run.created_at = "2026-11-26T10:00:00.000Z";
    run.provenance = {{"qemu", "7.2"}, {"accelerator", "tcg"}};
    return RunFolder::create(scratch_.path() / "run", run, topology_text, "other-name");
  }
  static SeriesEnd go(const RunFolder& folder, FakeRunner& runner) {
    return run_series(folder, folder.header(), runner, [](const SeriesProgress&) {});
  }

  test::ScratchFolder scratch_;
};

TEST_F(Series, RunsEveryCellInEveryBlock) {
  const RunFolder folder = make();
  FakeRunner runner(folder);
  const SeriesEnd end = go(folder, runner);
  EXPECT_EQ(end.trials, 6U);
  EXPECT_EQ(end.failed, 0U);
  EXPECT_EQ(end.cut_short, "");
  ASSERT_EQ(runner.ran.size(), 6U);
  for (std::size_t block = 0; block < 3; ++block) {
    EXPECT_NE(runner.ran[2 * block].second, runner.ran[2 * block + 1].second) << "block " << block + 1;
  }
}

TEST_F(Series, AnInterruptedOneGoesOnWithoutLosingOrDoublingATrial) {
  const RunFolder folder = make();
  FakeRunner whole(folder);
  static_cast<void>(go(folder, whole));
  fs::remove_all(folder.path());

  const RunFolder again = make();
  FakeRunner first(again);
  first.interrupt_before = 4;
  EXPECT_THROW(static_cast<void>(go(again, first)), Error);
  // What a writer leaves that was killed with kill -9 in the middle.
  fs::create_directory(again.path() / "trials" / ".0004-77");
  write_file(again.path() / "trials" / ".0004-77" / "trial.json", "{");
  const UniqueFd claim = again.claim();
  EXPECT_THROW(static_cast<void>(again.claim()), Error) << "a run has one process at a time";
  FakeRunner second(again);
  EXPECT_EQ(go(RunFolder::open(again.path()), second).trials, 6U);
  auto both = first.ran;
  both.insert(both.end(), second.ran.begin(), second.ran.end());
  EXPECT_EQ(both, whole.ran);
  EXPECT_FALSE(fs::exists(again.path() / "trials" / ".0004-77"));
  FakeRunner third(again);
  EXPECT_EQ(go(again, third).trials, 6U);
  EXPECT_TRUE(third.ran.empty());
}

TEST_F(Series, EndsAfterTooManyFailuresInARow) {
  const RunFolder folder = make();
  FakeRunner runner(folder);
  runner.fail_from = 2;
  const SeriesEnd end = go(folder, runner);
  EXPECT_EQ(end.trials, 4U);
  EXPECT_EQ(end.failed, 3U);
  EXPECT_EQ(end.cut_short, "3 trials in a row failed (limits: {failures: 3})");
  runner.fail_from = 0;
  EXPECT_EQ(go(folder, runner).cut_short, "") << "who resumes means to try again";
}

TEST_F(Series, RefusesAFolderOfAnotherExperiment) {
  const RunFolder folder = make();
  FakeRunner runner(folder);
  TrialOutcome stranger = test::sample_trial();
  stranger.plan.block = 9;
  folder.write(stranger);
  try {
    static_cast<void>(go(folder, runner));
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    EXPECT_NE(std::string(error.what()).find("trial 1 in "), std::string::npos) << error.what();
  }
}

TEST_F(Series, ItsFolderHasAllThatItTakesToGoOn) {
  const RunRecord header = make().header();
  EXPECT_EQ(header.experiment.name, "sweep");
  EXPECT_EQ(header.experiment.topology, scratch_.path() / "two.lab.yaml");
  EXPECT_EQ(header.provenance.at(0), (std::pair<std::string, std::string>("qemu", "7.2")));
  ASSERT_EQ(header.cells.size(), 2U);
  EXPECT_EQ(header.cells[1].topology.lab, "other-name");
  EXPECT_EQ(header.cells[1].experiment.migration.technique, Technique::post_copy);
}

TEST_F(Series, FoldersOfOtherVersionsAndOtherFoldersAreRefused) {
  const RunFolder folder = make();
  std::string text = read_file(folder.path() / "run.json");
  text.replace(text.find("run/3"), 5, "run/1");
  write_file(folder.path() / "run.json", text);
  const auto refusal = [](const fs::path& path) {
    try {
      static_cast<void>(RunFolder::open(path));
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::bad_input);
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_NE(refusal(folder.path()).find("schema migralab.run/1, this version reads migralab.run/3"), std::string::npos);
  EXPECT_NE(refusal(scratch_.path()).find("is no folder of results"), std::string::npos);
  const std::string damaged = (folder.path() / "run.json").native() + " is damaged: ";
  const std::map<std::string, std::string> contents{
      {"{}", "it lacks 'schema', the version of the format"},
      {"[]", "it is no JSON object"},
      {"{\n\"schema\": 3}", "schema is no text"},
      {"{\n\x01", "it is no JSON from line 2 on"}};
  for (const auto& [content, why] : contents) {
    write_file(folder.path() / "run.json", content);
    EXPECT_EQ(refusal(folder.path()), damaged + why);
  }
}

/// The text of the Error that `act` throws.
template <typename Act> std::string message_of(Act&& act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_NE(error.hint(), "") << error.what();
    return error.what();
  }
  return "none";
}

TEST_F(Series, AFolderWithoutItsPartsIsRefused) {
  const RunFolder folder = make();
  const auto header = [&] { static_cast<void>(folder.header()); };
  fs::remove(folder.path() / "trials");
  EXPECT_EQ(
      message_of([&] { static_cast<void>(folder.trials()); }),
      "cannot list the trials in " + (folder.path() / "trials").native() + ": No such file or directory");
  std::string text = read_file(folder.path() / "run.json");
  text.replace(text.find("created_at"), 10, "created_on");
  write_file(folder.path() / "run.json", text);
  EXPECT_EQ(message_of(header), (folder.path() / "run.json").native() + " is damaged: created_at is missing");
  fs::remove(folder.path() / "topology.lab.yaml");
  EXPECT_EQ(message_of(header), folder.path().native() + " is no whole run: it has no topology.lab.yaml");
}

TEST_F(Series, ADamagedTopologyIsNamedAtItsOwnLine) {
  const RunFolder folder = make();
  std::string text = read_file(folder.path() / "topology.lab.yaml");
  text.replace(text.find("host: h1"), 8, "host: h7"); // in line 10
  write_file(folder.path() / "topology.lab.yaml", text);
  const std::string message = message_of([&] { static_cast<void>(folder.header()); });
  const std::string place = (folder.path() / "topology.lab.yaml").native() + ":10:";
  EXPECT_EQ(message.find(place), 0U) << message;
  EXPECT_NE(message.find("h7"), std::string::npos) << message;
  EXPECT_EQ(message.find("exp.yaml"), std::string::npos) << message;
}

TEST_F(Series, OnlyPlainFilesAreRead) {
  const RunFolder folder = make();
  FakeRunner runner(folder);
  static_cast<void>(go(folder, runner));
  const auto at = [&](const char* file) { return folder.path() / "trials" / file; };
  fs::remove(at("0001/events.csv"));
  ASSERT_EQ(::mkfifo(at("0001/events.csv").c_str(), 0600), 0);
  fs::rename(at("0002/events.csv"), scratch_.path() / "events.csv");
  fs::create_symlink(scratch_.path() / "events.csv", at("0002/events.csv"));
  fs::remove(at("0003/SHA256SUMS"));
  ASSERT_EQ(::mkfifo(at("0003/SHA256SUMS").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo(at("0004/stray").c_str(), 0600), 0); // nobody reads it
  std::vector<std::string> damaged;
  EXPECT_EQ(read_run(folder.path(), damaged).trials.size(), 3U);
  ASSERT_EQ(damaged.size(), 3U);
  EXPECT_NE(damaged[0].find("0001/events.csv is a pipe: only plain files"), std::string::npos) << damaged[0];
  EXPECT_NE(damaged[1].find("0002/events.csv is a link: only plain files"), std::string::npos) << damaged[1];
  EXPECT_NE(damaged[2].find("0003/SHA256SUMS is a pipe: only plain files"), std::string::npos) << damaged[2];
}

TEST_F(Series, ItsFilesAreWhatWasWritten) {
  const RunFolder folder = make();
  folder.write(test::sample_trial());
  for (const char* stray :
       {"lab.txt", "notes.md", "trials/0001/copy of requests.csv", "trials/README", "report.html"}) {
    write_file(folder.path() / stray, "stray");
  }
  fs::create_directories(folder.path() / "trials" / "00001");
  std::string listed;
  for (const fs::path& file : folder.files()) {
    listed += file.native() + "\n";
  }
  EXPECT_EQ(
      listed,
      "experiment.exp.yaml\nrun.json\ntopology.lab.yaml\ntrials/0001/SHA256SUMS\ntrials/0001/bridges.csv\n"
      "trials/0001/counters.csv\ntrials/0001/events.csv\ntrials/0001/job_samples.csv\ntrials/0001/link_rates.csv\n"
      "trials/0001/packets.csv\ntrials/0001/processors.csv\ntrials/0001/requests.csv\ntrials/0001/trial.json\n"
      "trials/0001/workload-disk.log\ntrials/0001/workloads.csv\n");
}

TEST_F(Series, ADamagedTrialIsNamedAndTheOthersAreRead) {
  const RunFolder folder = make();
  FakeRunner runner(folder);
  static_cast<void>(go(folder, runner));
  fs::remove(folder.path() / "trials" / "0002" / "events.csv");
  std::vector<std::string> damaged;
  EXPECT_EQ(read_run(folder.path(), damaged).trials.size(), 5U);
  ASSERT_EQ(damaged.size(), 1U);
  EXPECT_NE(damaged[0].find("0002: events.csv is missing"), std::string::npos) << damaged[0];
}

TEST_F(Series, ACopiedTrialIsNoOtherTrial) {
  const RunFolder folder = make();
  FakeRunner runner(folder);
  static_cast<void>(go(folder, runner));
  fs::copy(folder.path() / "trials" / "0001", folder.path() / "trials" / "0007");
  std::vector<std::string> damaged;
  EXPECT_EQ(read_run(folder.path(), damaged).trials.size(), 6U);
  ASSERT_EQ(damaged.size(), 1U);
  EXPECT_NE(damaged[0].find("0007: it holds trial 1"), std::string::npos) << damaged[0];
}

TEST_F(Series, AFullDiskLeavesNoHalfATrial) {
  const RunFolder folder = make();
  fs::permissions(folder.path() / "trials", fs::perms::owner_read | fs::perms::owner_exec);
  if (::geteuid() == 0) { // root writes anywhere: a file where the folder belongs has the same effect
    fs::permissions(folder.path() / "trials", fs::perms::owner_all);
    fs::remove(folder.path() / "trials");
    write_file(folder.path() / "trials", "");
  }
  try {
    folder.write(test::sample_trial());
    FAIL() << "it was written";
  } catch (const Error& error) {
    EXPECT_NE(error.hint().find("--resume"), std::string::npos) << error.hint();
  }
}

} // namespace
} // namespace migralab
