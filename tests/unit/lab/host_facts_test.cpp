// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/diagnostics.hpp"
#include "migralab/core/error.hpp"
#include "migralab/lab/host_facts.hpp"
#include "migralab/topology/load.hpp"
#include "support/fake_runner.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

constexpr auto mixed = R"(lab: mixed
networks: {lan: }
hosts:
  xen1: {hypervisor: xen, memory: 256MiB}
  here: {memory: 1GiB}
)";

Topology topology() {
  Diagnostics diagnostics("mixed.lab.yaml", mixed);
  Topology parsed = parse_topology(mixed, "mixed.lab.yaml", "", diagnostics);
  diagnostics.throw_if_errors();
  return parsed;
}

TEST(HostFacts, AreLinesOfNameAndValue) {
  const HostFacts expected{{"kernel", "Linux 6.1.0-56-amd64"}, {"xen-options", "dom0_mem=448M noreboot"}};
  EXPECT_EQ(
      parse_host_facts("kernel Linux 6.1.0-56-amd64\nscheduler \nxen-options dom0_mem=448M noreboot\n"), expected);
  EXPECT_TRUE(parse_host_facts("").empty());
}

TEST(HostFacts, AreAskedOfMachinesAlone) {
  test::FakeRunner runner;
  runner.on("ssh", test::exited(0, "kernel Linux 6.1\n"));
  const auto facts = ask_host_facts(topology(), runner);
  EXPECT_EQ(facts.size(), 1U);
  EXPECT_EQ(runner.log().size(), 1U);
  EXPECT_EQ(facts.at("xen1").front().second, "Linux 6.1");
}

TEST(HostFacts, OneThatDoesNotTellIsNamed) {
  test::FakeRunner runner;
  runner.on("ssh", test::exited(255, "", "Connection timed out"));
  try {
    static_cast<void>(ask_host_facts(topology(), runner));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("does not tell what it runs: Connection timed out"), std::string::npos)
        << error.what();
  }
}

} // namespace
} // namespace migralab
