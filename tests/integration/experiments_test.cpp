// SPDX-License-Identifier: Apache-2.0
// Every shipped experiment, in its quick form: it runs, its trials succeed, and the report shows what was published.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> shipped() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(MIGRALAB_SOURCE_DIR) / "experiments")) {
    const std::string name = entry.path().filename();
    if (name.ends_with(".exp.yaml")) {
      names.push_back(name.substr(0, name.size() - std::string(".exp.yaml").size()));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool has_balancer(const std::string& name) {
  return read_text(fs::path(MIGRALAB_SOURCE_DIR) / "experiments" / (name + ".exp.yaml")).find("\nbalance:") !=
         std::string::npos;
}

/// Those without a balancer; of these the ones that are much like another; one with a balancer; the others with one;
/// those on Xen hosts.
enum class Kind { plain, sibling, balanced, twin, xen };

/// They differ from others in what keeps the guest busy, or in how many cells they have.
const std::set<std::string> siblings{
    "alkmim-2009-2-cpu",
    "alkmim-2009-3-memory",
    "alkmim-2009-5-all",
    "alkmim-2009-6-compile",
    "alkmim-2009-7-memory-writer",
    "alkmim-2009-storage",
    "guestperf",
    "techniques",
    "torquato-2012-migration"};

Kind kind_of(const std::string& name) {
  if (has_balancer(name)) {
    return name == "ferreira-2013-1" ? Kind::balanced : Kind::twin;
  }
  return name.ends_with("-xen") ? Kind::xen : siblings.contains(name) ? Kind::sibling : Kind::plain;
}

std::vector<std::string> shipped(Kind kind) {
  std::vector<std::string> names = shipped();
  std::erase_if(names, [kind](const std::string& name) { return kind_of(name) != kind; });
  return names;
}

class Experiments : public ::testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    MIGRALAB_SKIP_UNLESS(lacking(Mode::root));
    adopt_orphans();
  }
};

class Balanced : public Experiments {};

/// The folder of its results; empty where it failed.
fs::path run_quick(const Cli& cli, const std::string& name) {
  const fs::path file = fs::path(MIGRALAB_SOURCE_DIR) / "experiments" / (name + ".exp.yaml");
  const Finished run = cli.run({"run", file, "--quick", "--output", "results"}, Seconds(900));
  EXPECT_TRUE(succeeded(run));
  return run.code == 0 ? fs::directory_iterator(cli.folder() / "results")->path() : fs::path();
}

/// As it stands in a page.
std::string html_escaped(const std::string& text) {
  const std::map<char, std::string> entities{
      {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
  std::string escaped;
  for (const char letter : text) {
    const auto found = entities.find(letter);
    escaped += found == entities.end() ? std::string(1, letter) : found->second;
  }
  return escaped;
}

/// A key of the section `published`: what stands behind it, of a folded text the first line. Empty: it is not there.
std::string published_text(const std::string& experiment, const std::string& key) {
  const std::string start = "\n  " + key + ": ";
  const std::size_t section = experiment.find("\npublished:\n");
  std::size_t begin = section == std::string::npos ? section : experiment.find(start, section);
  if (begin == std::string::npos) {
    return {};
  }
  begin += start.size();
  if (experiment.compare(begin, 2, ">-") == 0) {
    begin = experiment.find_first_not_of(' ', experiment.find('\n', begin) + 1);
  }
  return experiment.substr(begin, experiment.find('\n', begin) - begin);
}

void expect_shows_what_was_published(const std::string& page, const std::string& name) {
  const std::string file = read_text(fs::path(MIGRALAB_SOURCE_DIR) / "experiments" / (name + ".exp.yaml"));
  const std::string source = published_text(file, "source");
  EXPECT_EQ(source.empty(), file.find("\npublished:\n") == std::string::npos) << "this test cannot read " << name;
  // In the section's own row: `about` may name the same study.
  const std::string heading = source.empty() ? "" : "<h2 id=\"published-source\">";
  const std::size_t section = page.find(heading);
  ASSERT_NE(section, std::string::npos) << "no section of what was published";
  for (const std::string& words : {source, published_text(file, "says"), published_text(file, "differs")}) {
    EXPECT_NE(page.find(html_escaped(words), section), std::string::npos) << "the page does not show: " << words;
  }
}

TEST_P(Experiments, RunsInItsQuickForm) {
  const Cli cli(Mode::root);
  const fs::path results = run_quick(cli, GetParam());
  ASSERT_FALSE(results.empty());
  const std::string page = read_text(results / "report" / "index.html");
  EXPECT_NE(page.find(GetParam()), std::string::npos);
  expect_shows_what_was_published(page, GetParam());
  EXPECT_EQ(cli.run({"ls"}).output.find(" up"), std::string::npos);
  if (kind_of(GetParam()) == Kind::xen) { // nothing runs beside these
    EXPECT_EQ(cli.run({"audit"}).output, "nothing of any lab is on this machine\n");
  }
}

/// A column of a table of the first trial; no value there contains a comma.
std::vector<std::string> column_of(const fs::path& results, const std::string& table, const std::string& name) {
  std::istringstream text(read_text(results / "trials" / "0001" / table));
  std::vector<std::string> values;
  std::optional<std::size_t> wanted;
  for (std::string row; std::getline(text, row);) {
    std::istringstream fields(row);
    std::size_t place = 0;
    for (std::string value; std::getline(fields, value, ','); ++place) {
      if (wanted == place) {
        values.push_back(value);
      } else if (!wanted && value == name) {
        wanted = place;
        break;
      }
    }
  }
  EXPECT_TRUE(wanted) << table << " has no " << name;
  return values;
}

TEST_P(Balanced, ShowsThePublishedKindOfDecision) {
  const Cli cli(Mode::root);
  const fs::path results = run_quick(cli, GetParam());
  ASSERT_FALSE(results.empty());
  using Words = std::vector<std::string>;
  const Words guests = column_of(results, "balance_moves.csv", "guest");
  const Words to = column_of(results, "balance_moves.csv", "to");
  const Words succeeded = column_of(results, "balance_moves.csv", "succeeded");
  const Words shares = column_of(results, "balance_samples.csv", "cpu");
  const Words averages = column_of(results, "balance_samples.csv", "average_cpu");
  const auto highest = [](const Words& values) {
    double most = 0;
    for (const std::string& value : values) {
      most = std::max(most, std::stod(value));
    }
    return most;
  };
  SCOPED_TRACE(
      "highest share " + std::to_string(highest(shares)) + ", average " + std::to_string(highest(averages)) + "\n" +
      read_text(results / "trials" / "0001" / "balance_moves.csv") +
      read_text(results / "trials" / "0001" / "balance_rounds.jsonl"));
  if (GetParam().starts_with("ferreira-2013-1")) { // the cheapest guest, to the half-busy host and not to the idle one
    EXPECT_EQ(guests, Words{"centos59-3"});
    EXPECT_EQ(to, Words{"h61"});
    EXPECT_EQ(succeeded, Words{"1"});
  } else if (GetParam().starts_with("ferreira-2013-2")) { // there is a peak, and it moves nothing
    EXPECT_EQ(guests, Words{});
    EXPECT_GT(highest(shares), 0.9);
  } else { // chance decides who
    EXPECT_NE(std::find(succeeded.begin(), succeeded.end(), "1"), succeeded.end());
  }
  expect_shows_what_was_published(read_text(results / "report" / "index.html"), GetParam());
  EXPECT_EQ(cli.run({"ls"}).output.find(" up"), std::string::npos);
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Shipped, Experiments, ::testing::ValuesIn(shipped(Kind::plain)), test_name);
INSTANTIATE_TEST_SUITE_P(Siblings, Experiments, ::testing::ValuesIn(shipped(Kind::sibling)), test_name);
INSTANTIATE_TEST_SUITE_P(Xen, Experiments, ::testing::ValuesIn(shipped(Kind::xen)), test_name);
INSTANTIATE_TEST_SUITE_P(Shipped, Balanced, ::testing::ValuesIn(shipped(Kind::balanced)), test_name);
INSTANTIATE_TEST_SUITE_P(Twins, Balanced, ::testing::ValuesIn(shipped(Kind::twin)), test_name);

} // namespace

} // namespace migralab::test
