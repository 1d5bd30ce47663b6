// SPDX-License-Identifier: Apache-2.0
// What was published of an experiment is in its report, also where it is words alone.
#include "analysis.hpp"
#include "page.hpp"
#include "sample_run.hpp"
#include "tables.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace migralab::test {
namespace {

/// Without trials: what was asked for is known all the same.
MeasuredRun not_run_yet(const std::string& experiment) {
  RunRecord record;
  record.experiment = load_experiment(source_path("experiments") / (experiment + ".exp.yaml"));
  const std::filesystem::path topology = record.experiment.topology;
  record.cells = cells_of(record.experiment, {.file = topology, .text = read_text(topology)});
  return measured(record);
}

std::string printed(const Analysis& analysis) {
  std::string text;
  for (const Table& table : printed_tables(analysis)) {
    text += markdown_table(table, "") + "\n";
  }
  return text;
}

TEST(Published, WordsWithoutNumbersAreShown) {
  const MeasuredRun run = not_run_yet("santos-2016");
  const Analysis analysis = analyse(run);
  EXPECT_TRUE(published_table(analysis).empty());
  const std::string source = "Santos et al. 2016, figure 2";
  const std::string says =
      "In each of the 10 repetitions fewer requests per second were served with a migration than without.";
  const std::string differs = "The figure is a drawing without numbers, so only its direction can be compared.";
  const std::string page = render_page(analysis, {}, {}, {});
  const std::size_t section = page.find("<h2 id=\"published-source\">Published</h2>");
  ASSERT_NE(section, std::string::npos);
  const std::string tables = printed(analysis);
  const std::string terminal = render_table(run);
  EXPECT_NE(
      terminal.find("published: " + source + "\nwhat it says: " + says + "\nwhy ours differs: "), std::string::npos)
      << terminal;
  for (const std::string& words : {source, says, differs}) {
    EXPECT_NE(page.find(words, section), std::string::npos) << words;
    EXPECT_NE(tables.find(words), std::string::npos) << words;
  }
  EXPECT_EQ(nlohmann::json::parse(render_json(run))["published"]["says"], says);
}

TEST(Published, IsInThePageOfEveryShippedExperiment) {
  std::size_t looked_at = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("experiments"))) {
    const std::string file = entry.path().filename();
    if (!file.ends_with(".exp.yaml")) {
      continue;
    }
    const MeasuredRun run = not_run_yet(file.substr(0, file.size() - std::string(".exp.yaml").size()));
    const auto& published = run.run.experiment.published;
    const std::string page = render_page(analyse(run), {}, {}, {});
    const std::size_t section = page.find("<h2 id=\"published-source\">");
    EXPECT_EQ(section != std::string::npos, published.has_value()) << file;
    if (published && section != std::string::npos) {
      for (const std::string& words : {published->source, published->says, published->differs}) {
        EXPECT_NE(page.find(html_escaped(words), section), std::string::npos) << file << ": " << words;
      }
      ++looked_at;
    }
  }
  EXPECT_GT(looked_at, 10U);
}

TEST(Published, NumbersStandBesideThoseMeasured) {
  const MeasuredRun run = sample_run();
  const Table table = published_table(analyse(run));
  EXPECT_EQ(table.caption, "Figures of Nobody 2099, table 1 beside those measured here.");
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0][3].text, "1500 ms");
}

TEST(Published, SentencesAreBrokenIntoLinesInLatex) {
  const MeasuredRun run = not_run_yet("santos-2016");
  EXPECT_NE(
      latex_table(source_table(analyse(run)), "").find("\\begin{tabular}{lp{0.60\\linewidth}}\n"), std::string::npos);
}

} // namespace
} // namespace migralab::test
