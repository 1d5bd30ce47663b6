// SPDX-License-Identifier: Apache-2.0
#include "trial_files.hpp"

#include "migralab/core/digests.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "sample_trial.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

/// As a writer would have left them, whatever is in them.
TrialFiles resealed(TrialFiles files) {
  files.erase(digest_list);
  Digests digests;
  for (const auto& [name, content] : files) {
    digests[name] = sha256_of_text(content);
  }
  files[digest_list] = digest_lines(digests);
  return files;
}

std::string complaint(const TrialFiles& files) {
  try {
    static_cast<void>(trial_from(files));
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(TrialFiles, GiveTheTrialBack) {
  const TrialOutcome trial = test::sample_trial(7);
  const TrialFiles files = files_of(trial);
  const TrialOutcome back = trial_from(files);
  // What is not compared below would show in a second writing.
  EXPECT_EQ(files_of(back), files);
  EXPECT_EQ(back.plan, trial.plan);
  EXPECT_EQ(back.during - back.origin, trial.during - trial.origin);
  ASSERT_EQ(back.guests.size(), 1U);
  ASSERT_TRUE(back.guests[0].migration);
  EXPECT_EQ(back.guests[0].migration->completed, trial.guests[0].migration->completed);
  EXPECT_EQ(back.guests[0].migration->samples.size(), 2U);
  EXPECT_EQ(back.guests[0].migration->events.at(1).what, "resumed");
  EXPECT_EQ(back.guests[0].traces.at(0).samples.size(), 600U);
  EXPECT_EQ(back.guests[0].traces.at(0).samples.at(305).end, RequestEnd::timed_out);
  EXPECT_FALSE(back.guests[0].traces.at(0).samples.at(305).answered);
  EXPECT_EQ(back.workloads.at(0).output, trial.workloads[0].output);
  EXPECT_EQ(back.workloads.at(0).samples.at(5).value, 60);
  EXPECT_EQ(back.counters.at(1).interfaces.at("lan.h1").received_bytes, 51000U);
  EXPECT_EQ(back.processors.at(1).used.at("h1"), std::chrono::seconds(4));
  EXPECT_EQ(back.guests[0].dirty_rates.at(1).per_second, Bytes::mib(12));
  EXPECT_EQ(back.packets.at(0).kind, "rarp");
  EXPECT_EQ(back.bridges.at(0).entries.at(0).port, "lan.h1");
  EXPECT_EQ(back.link_rates, trial.link_rates);
  EXPECT_EQ(back.hosts, trial.hosts);
}

TEST(TrialFiles, DoNotDependOnTheClocksZero) {
  EXPECT_EQ(files_of(test::sample_trial(1)), files_of(test::sample_trial(1, Instant(std::chrono::seconds(1)))));
}

TEST(TrialFiles, TellWhichFileIsMissingOrNotWhatWasWritten) {
  const TrialFiles whole = files_of(test::sample_trial());
  for (const auto& [name, content] : whole) {
    TrialFiles files = whole;
    files.erase(name);
    EXPECT_EQ(complaint(files), name + " is missing");
  }
  for (const auto& [name, content] : whole) {
    TrialFiles files = whole;
    std::string& text = files[name];
    text.resize(text.rfind('\n', text.size() - 2) + 1); // a line less
    EXPECT_EQ(
        complaint(files),
        name == digest_list ? "SHA256SUMS does not list workloads.csv"
                            : name + " was changed or cut since it was written: SHA256SUMS has another digest");
  }
  TrialFiles files = whole;
  files["requests.csv"].replace(files["requests.csv"].find("2.000000000"), 1, "3");
  EXPECT_EQ(complaint(files), "requests.csv was changed or cut since it was written: SHA256SUMS has another digest");
  std::string& events = files["events.csv"] = whole.at("events.csv");
  for (std::size_t at = 0; (at = events.find('\n', at)) != std::string::npos; at += 2) {
    events.insert(at, "\r");
  }
  files["requests.csv"] = whole.at("requests.csv");
  EXPECT_EQ(complaint(files), "events.csv was given other ends of lines (CR LF) since it was written");
}

/// What is said of a file in which `from` was replaced before it was written.
std::string complaint_about(const std::string& file, const std::string& from, const std::string& to) {
  TrialFiles files = files_of(test::sample_trial());
  const std::size_t place = files[file].find(from);
  if (place == std::string::npos) {
    return "no '" + from + "' in " + file;
  }
  files[file].replace(place, from.size(), to);
  return complaint(resealed(files));
}

TEST(TrialFiles, TellWhereJsonIsWrong) {
  const auto about = [](const std::string& from, const std::string& to) {
    return complaint_about("trial.json", from, to);
  };
  EXPECT_EQ(
      about("trial/2", "trial/9"),
      "trial.json: it is of schema migralab.trial/9, this migralab reads migralab.trial/2");
  EXPECT_EQ(about("\"cell\": 1,", "\"cell\": 1"), "trial.json: it is no JSON from line 5 on");
  EXPECT_EQ(about("\"began_at\"", "\"begun_at\""), "trial.json: began_at is missing");
  EXPECT_EQ(about("\"cell\": 1", "\"cell\": \"1\""), "trial.json: cell is no count");
  EXPECT_EQ(about("\"cell\": 1", "\"cell\": 1.5"), "trial.json: cell is no count");
  EXPECT_EQ(about("\"cell\": 1", "\"cell\": 4294967297"), "trial.json: cell is no such number");
  EXPECT_EQ(
      about("\"cell\": 1", "\"cell\": 1e999"),
      "trial.json: it is no JSON that can be read: a number in it is too large");
  EXPECT_EQ(
      about("\"succeeded\": true", "\"succeeded\": 1"),
      "trial.json: guests[0].migration.succeeded is neither true nor false");
  EXPECT_EQ(
      about("\"downtime\": 98.0", "\"downtime\": \"98\""),
      "trial.json: guests[0].migration.completed.downtime is no number");
  EXPECT_EQ(about("\"from\": \"h1\"", "\"from\": 7"), "trial.json: guests[0].migration.from is no text");
  EXPECT_EQ(about("\"workloads\": [", "\"workloads\": 0, \"w\": ["), "trial.json: workloads is no list");
  EXPECT_EQ(
      about("\"period_s\": 1", "\"period_s\": -1"),
      "trial.json: guests[0].dirty_rates[0].period_s is no time to measure over");
}

TEST(TrialFiles, RefuseWhatEndsBeforeItBegins) {
  const auto about = [](const std::string& from, const std::string& to) {
    return complaint_about("trial.json", from, to);
  };
  EXPECT_EQ(about("\"during_ns\": 2", "\"during_ns\": 7"), "trial.json: after_ns is before during_ns");
  EXPECT_EQ(about("\"during_ns\": 2", "\"during_ns\": -2"), "trial.json: during_ns is before before_ns");
  EXPECT_EQ(about("\"end_ns\": 6", "\"end_ns\": 3"), "trial.json: end_ns is before after_ns");
  EXPECT_EQ(about("\"began_ns\": 2", "\"began_ns\": 5"), "trial.json: guests[0].migration.ended_ns is before began_ns");
  EXPECT_EQ(about("\"ended_ns\": 6", "\"ended_ns\": -6"), "trial.json: workloads[0].ended_ns is before began_ns");
}

TEST(TrialFiles, RefuseInTablesWhatCannotBe) {
  EXPECT_EQ(
      complaint_about("requests.csv", "0.012000000", "-0.012"),
      "requests.csv: line 3: answered_s '-0.012' is before planned_s");
  EXPECT_EQ(
      complaint_about("requests.csv", "0.012000000", ""), "requests.csv: line 3: end 'answered' has no answered_s");
  EXPECT_EQ(
      complaint_about("requests.csv", "udp,1,0.010000000", "udp,1,-0.010000000"),
      "requests.csv: line 3: planned_s '-0.010000000' is before that of the row above");
  EXPECT_EQ(
      complaint_about("requests.csv", "16,0.010000000", "16,0"), "requests.csv: line 2: interval_s '0' is no interval");
  EXPECT_EQ(
      complaint_about("requests.csv", "answered,16", "done,16"),
      "requests.csv: line 2: end 'done' is no end of a request");
  EXPECT_EQ(
      complaint_about("requests.csv", "answered,16", "answered,4294967296"),
      "requests.csv: line 2: bytes '4294967296' is too large");
  EXPECT_EQ(
      complaint_about("job_samples.csv", "150000000", "nan"), "job_samples.csv: line 5: value 'nan' is no number");
  EXPECT_EQ(
      complaint_about("job_samples.csv", "2.050000000", "2.010000000"),
      "job_samples.csv: line 4: at_s '2.010000000' is before that of the row above");
  EXPECT_EQ(
      complaint_about("processors.csv", "h1,1.", "h1,-1."), "processors.csv: line 2: used_s '-1.000000000' is below 0");
  EXPECT_EQ(
      complaint_about("link_rates.csv", ",down,", ",sideways,"),
      "link_rates.csv: line 2: direction 'sideways' is none");
  EXPECT_EQ(
      complaint_about("link_rates.csv", ",1000000000,", ",0,"),
      "link_rates.csv: line 2: declared_bits_per_second '0' is no rate");
  EXPECT_EQ(complaint_about("events.csv", "web,", "wob,"), "trial.json knows no guest 'wob'");
}

} // namespace
} // namespace migralab
