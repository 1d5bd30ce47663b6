// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/topology/load.hpp"

#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

const std::string file = R"(# a lab
lab: small
networks: {lan: }
hosts:
  h1: {memory: 4GiB} # the first
  h2:
    memory: "2GiB"
storage: {store: {}}
guests:
  a: {memory: 512MiB, disk: {storage: store, size: 64MiB}, networks: [lan]}
  b:
    memory: 256MiB
)";

class Settings : public testing::Test {
protected:
  Topology load(const std::vector<std::string>& settings) {
    folder_.put("x.lab.yaml", file);
    return load_topology(folder_.path() / "x.lab.yaml", {.name = {}, .settings = settings});
  }

  /// What a user is told.
  std::string refusal(const std::string& setting) {
    try {
      static_cast<void>(load({setting}));
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::bad_input);
      return std::string(error.what()) + (error.hint().empty() ? "" : "\nhint: " + error.hint());
    }
    return "accepted";
  }

private:
  test::ScratchFolder folder_;
};

TEST_F(Settings, NoneLeavesTheTextAsItIs) {
  EXPECT_EQ(load({}).text, file);
}

TEST_F(Settings, ReplaceValuesAndKeepEverythingElse) {
  const Topology topology = load({"guests.*.memory=128MiB", "hosts.h2.memory=1GiB", "lab=other"});
  std::string expected = file;
  expected.replace(expected.find("small"), 5, "other");
  expected.replace(expected.find("\"2GiB\""), 6, "1GiB");
  expected.replace(expected.find("512MiB"), 6, "128MiB");
  expected.replace(expected.find("256MiB"), 6, "128MiB");
  EXPECT_EQ(topology.text, expected);
  EXPECT_EQ(topology.lab, "other");
  EXPECT_EQ(topology.guests.at(1).memory, Bytes::mib(128));
}

TEST_F(Settings, AddKeysThatAreNotThere) {
  const Topology topology = load(
      {"guests.*.vcpus=2",
       "guests.a.limits.cpu.quota=50%",
       "networks.lan.rate=100Mbit/s",
       "networks.lan.mtu=9000",
       "storage.store.type=iscsi",
       "accel=tcg",
       "guests.a.services=[echo]"});
  EXPECT_EQ(topology.guests.at(0).vcpus, 2U);
  EXPECT_EQ(topology.guests.at(1).vcpus, 2U);
  EXPECT_EQ(topology.guests.at(0).limits.cpu_quota, 0.5);
  EXPECT_EQ(topology.networks.at(0).shaping.up, BitRate{100'000'000});
  EXPECT_EQ(topology.networks.at(0).mtu, 9000U);
  EXPECT_EQ(topology.accelerator, Accelerator::tcg);
  EXPECT_TRUE(topology.guests.at(0).services.contains(Service::echo));
}

TEST_F(Settings, ReplaceLists) {
  EXPECT_EQ(load({"guests.a.networks={lan: 10.10.0.99}"}).guests.at(0).networks.at(0).address.value & 0xffU, 99U);
}

TEST_F(Settings, WrongOnesSayWhatIsWrong) {
  const std::string form = "\nhint: write PATH=VALUE, for example guests.web.memory=128MiB";
  EXPECT_EQ(refusal("guests.a.memory"), "--set guests.a.memory: no value is given" + form);
  EXPECT_EQ(refusal("=1"), "--set =1: no value is given" + form);
  EXPECT_EQ(refusal("guests..memory=1GiB"), "--set guests..memory=1GiB: '' is no key" + form);
  EXPECT_EQ(refusal("lab=a, b: c"), "--set lab=a, b: c: 'a, b: c' is not one value" + form);
  EXPECT_EQ(refusal("lab="), "--set lab=: '' is not one value" + form);
  EXPECT_EQ(
      refusal("guests.c.memory=1GiB"),
      "--set guests.c.memory=1GiB: there is no 'c' in 'guests'\nhint: Entries of 'guests': a, b");
  EXPECT_EQ(
      refusal("guests.a.memory.max=1GiB"),
      "--set guests.a.memory.max=1GiB: 'guests.a.memory' has no keys\nhint: it is a single value: set it as a whole, "
      "where it may have keys: --set 'guests.a.memory={max: 1GiB}'");
  EXPECT_EQ(
      refusal("hosts={h1: {memory: 1GiB}}"),
      "--set hosts={h1: {memory: 1GiB}}: the value in the file takes several lines or has an anchor\nhint: edit it in "
      "the file");
}

TEST_F(Settings, MistakesInValuesAreShownInTheLineAsItCounts) {
  const std::string told = refusal("guests.b.memory=12");
  EXPECT_NE(told.find(":12:13: error: 'memory' of guest 'b': no unit"), std::string::npos) << told;
  EXPECT_NE(told.find("memory: 12\n"), std::string::npos) << told;
  EXPECT_NE(refusal("guests.b.memry=12MiB").find("unknown key 'memry' in guest 'b'"), std::string::npos);
}

} // namespace
} // namespace migralab
