// SPDX-License-Identifier: Apache-2.0
// A guest that runs and never says a word: `up` gives up at its deadline. A long test, for the deadline is two minutes.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

namespace migralab::test {

namespace {

class SilentGuest : public LabTest {};

/// In 64 MiB the guest's kernel cannot even unpack itself.
TEST_P(SilentGuest, EndsUpAtItsDeadline) {
  const Cli cli(GetParam());
  std::string text = read_text(source_path("topologies/quickstart.lab.yaml"));
  text.replace(text.find("256MiB"), 6, "64MiB");
  const std::string file = cli.put("tiny.lab.yaml", text);
  const Machine before = Machine::now(cli.state_home());
  EXPECT_TRUE(refused(cli.run({"up", file}, Seconds(150)), 1, {"answer web: no HTTP answer within 120 s"}));
  std::filesystem::remove(cli.state_home() / "migralab");
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

MIGRALAB_BOTH_MODES(SilentGuest);

} // namespace

} // namespace migralab::test
