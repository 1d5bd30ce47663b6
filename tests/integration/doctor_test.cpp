// SPDX-License-Identifier: Apache-2.0
// `doctor` and `check`: what the machine lacks, and what a file gets wrong, without making anything.
#include "support/golden.hpp"
#include "support/lab_test.hpp"

namespace migralab::test {

namespace {

class Doctor : public LabTest {
protected:
  static nlohmann::json finding(const std::string& json, const std::string& name) {
    const auto document = nlohmann::json::parse(json);
    for (const auto& one : document.at("findings")) {
      if (one.at("name") == name) {
        return one;
      }
    }
    ADD_FAILURE() << "no finding " << name << " in " << json;
    return {};
  }
};

TEST_P(Doctor, FindsThisMachineFitForLabs) {
  const Cli cli(GetParam());
  const Machine before = Machine::now(cli.state_home());
  EXPECT_TRUE(succeeded(cli.run({"doctor"})));
  const Finished json = cli.run({"doctor", "--json"});
  ASSERT_TRUE(succeeded(json));
  EXPECT_EQ(finding(json.output, "tgtd").at("status"), "ok");
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

TEST_P(Doctor, NamesThePackageOfAMissingProgram) {
  MIGRALAB_SKIP_UNLESS(::geteuid() == 0 ? "" : "a program is hidden by a mount, which needs root");
  const MountView view({without("tgtd")});
  Cli cli(GetParam());
  cli.look_through(view);
  const Finished text = cli.run({"doctor"});
  EXPECT_EQ(text.code, 3) << ::testing::PrintToString(text);
  EXPECT_NE(text.output.find("apt-get install --no-install-recommends tgt"), std::string::npos) << text.output;
  const Finished json = cli.run({"doctor", "--json"});
  EXPECT_EQ(json.code, 3);
  EXPECT_EQ(finding(json.output, "tgtd").at("status"), "missing");
}

TEST_P(Doctor, CheckTellsRightFromWrong) {
  const Cli cli(GetParam());
  EXPECT_TRUE(succeeded(cli.run({"check", cli.quickstart()})));
  const std::string wrong =
      cli.put("wrong.lab.yaml", read_text(source_path("tests/unit/topology/errors/unknown-key.lab.yaml")));
  const Finished checked = cli.run({"check", wrong});
  std::string expected = read_text(source_path("tests/unit/topology/errors/unknown-key.err.exp"));
  const std::string place = expected.substr(0, expected.find(".lab.yaml"));
  ASSERT_FALSE(place.empty());
  for (std::size_t at = 0; (at = expected.find(place, at)) != std::string::npos; at += wrong.size()) {
    expected.replace(at, place.size() + std::string(".lab.yaml").size(), wrong);
  }
  EXPECT_EQ(checked.code, 2);
  EXPECT_EQ(checked.errors, expected);
  EXPECT_EQ(cli.run({"up", wrong}).code, 2);
  EXPECT_TRUE(refused(cli.run({"check", "no-such.lab.yaml"}), 2, {"no-such.lab.yaml"}));
}

TEST_P(Doctor, CheckLooksAtEveryCellAndAtTheShortForm) {
  const Cli cli(GetParam());
  static_cast<void>(cli.quickstart());
  const std::string beginning =
      "experiment: e\ntopology: quickstart.lab.yaml\nguest: web\nroute: [h2, h1]\nclient: client\n";
  const Finished right = cli.run({"check", cli.put("right.exp.yaml", beginning + "factors: {settle: [1s, 2s]}\n")});
  EXPECT_TRUE(succeeded(right));
  EXPECT_NE(right.output.find("(2 cells)"), std::string::npos) << right.output;
  const std::string level = cli.put("level.exp.yaml", beginning + "factors:\n  settle: [1s, soon]\n");
  EXPECT_TRUE(refused(cli.run({"check", level}), 2, {level + ":7:16: error: factor 'settle', level soon"}));
  const std::string quick = cli.put("quick.exp.yaml", beginning + "quick: {topology.guests.wbe.memory: 128MiB}\n");
  EXPECT_TRUE(refused(cli.run({"check", quick}), 2, {quick + " with --quick:", "there is no 'wbe' in 'guests'"}));
  const std::string image = cli.put("image.exp.yaml", beginning + "workloads: {disk: {type: dbench, on: web}}\n");
  EXPECT_TRUE(refused(cli.run({"check", image}), 2, {"guest web (image micro) has no dbench"}));
  const std::string several = cli.put(
      "several.exp.yaml",
      beginning + "migration: {streams: 2, compression: zlib}\nworkloads: {disk: {type: dbench, on: web}}\n");
  EXPECT_TRUE(refused(
      cli.run({"check", several}),
      3,
      {"2 things are missing:\n  compression zlib is not", "has no dbench", "\n    hint: "}));
}

MIGRALAB_BOTH_MODES(Doctor);

} // namespace

} // namespace migralab::test
