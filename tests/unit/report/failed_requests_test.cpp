// SPDX-License-Identifier: Apache-2.0
#include "failed_requests.hpp"

#include "csv.hpp"
#include "page.hpp"
#include "sample_run.hpp"
#include "tables.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace migralab::test {
namespace {

/// The run made by hand, where requests of the probe http in trial 5 (cell 1, not warm-up) ended as given, from its
/// first one that counts.
MeasuredRun run_with(const std::vector<RequestEnd>& ends) {
  RunRecord record = sample_record();
  TrialOutcome& trial = record.trials.at(4);
  auto sample = trial.guests[0].traces.at(1).samples.begin();
  while (sample->planned < trial.before) {
    ++sample;
  }
  for (const RequestEnd end : ends) {
    sample->end = end;
    (sample++)->answered.reset();
  }
  return measured(record);
}

const FailedRequests* find(const std::vector<FailedRequests>& all, unsigned cell, RequestEnd kind) {
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const FailedRequests& one) { return one.cell == cell && one.kind == kind; });
  return found == all.end() ? nullptr : &*found;
}

TEST(FailedRequests, AreCountedByKind) {
  const MeasuredRun run = run_with({RequestEnd::refused, RequestEnd::refused, RequestEnd::reset});
  const Analysis analysis = analyse(run);
  ASSERT_EQ(run.trials[4].outcome.plan.cell, 2U);
  const std::vector<FailedRequests> all = failed_requests(analysis);
  const FailedRequests* refused = find(all, 1, RequestEnd::refused);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->probe, "http");
  EXPECT_EQ(refused->counts, (PhaseCounts{2, 0, 0}));
  EXPECT_GT(refused->requests, 500U) << "of all trials of the cell";
  EXPECT_DOUBLE_EQ(refused->share(), 2.0 / static_cast<double>(refused->requests));
  const FailedRequests* timed_out = find(all, 0, RequestEnd::timed_out);
  ASSERT_NE(timed_out, nullptr);
  EXPECT_EQ(timed_out->probe, "udp");
  EXPECT_EQ(timed_out->counts[0], 0U) << "the guest was there before it moved";
  EXPECT_EQ(find(all, 0, RequestEnd::refused), nullptr) << "it did not occur in this cell";
}

TEST(FailedRequests, AreInPageTablesAndFiles) {
  const MeasuredRun run = run_with({RequestEnd::refused, RequestEnd::late});
  const Analysis analysis = analyse(run);
  const std::string page = render_page(analysis, {}, {}, {});
  const std::size_t section = page.find(">Failed requests by kind</h2>");
  ASSERT_NE(section, std::string::npos);
  for (const char* kind : {"timed_out", "refused", "late"}) {
    EXPECT_NE(page.find(std::string(">") + kind + "</td>", section), std::string::npos) << kind;
  }
  const std::vector<Table> printed = printed_tables(analysis);
  EXPECT_TRUE(
      std::any_of(printed.begin(), printed.end(), [](const Table& table) { return table.name == "failed-requests"; }));
  const std::string csv = csv_tables(analysis).at("failed-requests.csv");
  EXPECT_NE(csv.find("2,post-copy,web,http,refused,"), std::string::npos) << csv;
  const auto json = nlohmann::json::parse(render_json(run));
  EXPECT_EQ(json["trials"][4]["guests"][0]["probes"]["http"]["ends"]["refused"], (std::vector<int>{1, 0, 0}));
}

TEST(FailedRequests, ThatWereDroppedMakeARemark) {
  const MeasuredRun run = run_with({RequestEnd::dropped, RequestEnd::dropped});
  const std::vector<std::string> sentences = remarks(analyse(run));
  const auto remark = std::find_if(sentences.begin(), sentences.end(), [](const std::string& sentence) {
    return sentence.find("never sent (dropped)") != std::string::npos;
  });
  ASSERT_NE(remark, sentences.end());
  EXPECT_TRUE(remark->starts_with("post-copy: 2 of ")) << *remark;
  EXPECT_NE(remark->find(" http requests were never sent (dropped), in trial 5: "), std::string::npos) << *remark;
  EXPECT_NE(remark->find("Lower load.http.rate"), std::string::npos) << *remark;
  EXPECT_NE(render_page(analyse(run), {}, {}, {}).find("never sent (dropped)"), std::string::npos);
  EXPECT_EQ(render_page(analyse(run_with({})), {}, {}, {}).find("never sent (dropped)"), std::string::npos);
}

} // namespace
} // namespace migralab::test
