// SPDX-License-Identifier: Apache-2.0
// Every shipped experiment, in its quick form: it runs, its trials succeed, and the report shows what was published.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

#include <algorithm>

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

class Experiments : public ::testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    MIGRALAB_SKIP_UNLESS(lacking(Mode::root));
    adopt_orphans();
  }
};

TEST_P(Experiments, RunsInItsQuickForm) {
  const Cli cli(Mode::root);
  const fs::path file = fs::path(MIGRALAB_SOURCE_DIR) / "experiments" / (GetParam() + ".exp.yaml");
  const std::string published = read_text(file);
  const Finished run = cli.run({"run", file, "--quick", "--output", "results"}, Seconds(600));
  ASSERT_TRUE(succeeded(run));
  ASSERT_TRUE(fs::exists(cli.folder() / "results"));
  const fs::path results = fs::directory_iterator(cli.folder() / "results")->path();
  const std::string page = read_text(results / "report" / "index.html");
  EXPECT_NE(page.find(GetParam()), std::string::npos);
  const std::size_t source = published.find("\n  source: ");
  if (source != std::string::npos) {
    const std::size_t begin = source + std::string("\n  source: ").size();
    const std::string words = published.substr(begin, published.find_first_of(" ,\n", begin) - begin);
    EXPECT_NE(page.find(words), std::string::npos) << "the report does not show what " << words << " published";
  }
  EXPECT_EQ(cli.run({"ls"}).output.find(" up"), std::string::npos);
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Shipped, Experiments, ::testing::ValuesIn(shipped()), test_name);

} // namespace

} // namespace migralab::test
