// SPDX-License-Identifier: Apache-2.0
#include "migralab/balancer/config.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace migralab::balancer {
namespace {

AgentConfig some_agent() {
  AgentConfig config{
      .host = "h1",
      .coordinator = "migralab.coordinator",
      .here = {.address = {0x0a000001}, .port = 4719},
      .to_coordinator = {.address = {0x0a0000b4}, .port = 4720},
      .libvirt = "/run/migralab/h1/run/libvirt/libvirt-sock",
      .processors = {.kind = ProcessorSource::Kind::account, .path = "/sys/fs/cgroup/x/h1/cpu.stat"},
      .cpus = 0.5,
      .memory = Bytes::gib(2),
      .network = BitRate{1'000'000'000},
      .interfaces = {"lan"},
      .destinations = {{"h2", {.libvirt = "/run/migralab/h2/run/libvirt/libvirt-sock", .address = "10.0.0.2"}}},
      .policy = "ferreira-2013",
      .parameters = {"mu=0.3", "period=1s"},
      .migration = {}};
  config.migration.technique = Technique::hybrid;
  config.migration.switch_rule = SwitchRule{.rounds = 3, .after = std::chrono::milliseconds(700), .stall = true};
  config.migration.bandwidth = Bytes::mib(12);
  config.migration.max_downtime = std::chrono::milliseconds(100);
  config.migration.compression = Compression::zstd;
  config.migration.streams = 4;
  config.migration.timeout = std::chrono::seconds(90);
  return config;
}

class Config : public ::testing::Test {
protected:
  std::filesystem::path put(const std::string& text) {
    std::filesystem::path file = scratch_.path() / "config.json";
    write_file(file, text);
    return file;
  }
  std::string refusal(const std::string& text) {
    try {
      static_cast<void>(read_agent_config(put(text)));
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::bad_input);
      return error.what();
    }
    return "taken";
  }

private:
  test::ScratchFolder scratch_;
};

TEST_F(Config, OfAnAgentComesBackAsItWas) {
  const std::string text = to_json(some_agent());
  const AgentConfig read = read_agent_config(put(text));
  EXPECT_EQ(to_json(read), text);
  EXPECT_EQ(read.destinations, some_agent().destinations);
  EXPECT_EQ(read.processors, some_agent().processors);
  EXPECT_EQ(read.migration.switch_rule, some_agent().migration.switch_rule);
  EXPECT_EQ(read.migration.timeout, std::chrono::seconds(90));
}

TEST_F(Config, OfACoordinatorComesBackAsItWas) {
  const CoordinatorConfig config{
      .name = "migralab.coordinator",
      .here = {.address = {0x0a0000b4}, .port = 4720},
      .hosts = {{"h1", {.address = {0x0a000001}, .port = 4719}}},
      .policy = "random",
      .parameters = {"seed=3"},
      .groups = {{balance::Group::Kind::apart, {"db", "web"}}},
      .evacuate = {"h1"},
      .migration_limit = std::chrono::minutes(20),
      .memory = "/tmp/memory.json"};
  const std::string text = to_json(config);
  const CoordinatorConfig read = read_coordinator_config(put(text));
  EXPECT_EQ(to_json(read), text);
  EXPECT_EQ(read.hosts, config.hosts);
}

TEST_F(Config, ThatCannotBeRightIsRefused) {
  const std::string text = to_json(some_agent());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    return changed.replace(changed.find(from), from.size(), to);
  };
  EXPECT_NE(refusal("{").find("is damaged"), std::string::npos);
  EXPECT_NE(refusal("{}").find("is damaged"), std::string::npos);
  EXPECT_NE(refusal(with("migralab.agent/1", "migralab.agent/9")).find("it is of schema"), std::string::npos);
  EXPECT_NE(refusal(with("10.0.0.1", "10.0.0.300")).find("no IPv4 address"), std::string::npos);
  EXPECT_NE(refusal(with("\"cpus\": 0.5", "\"cpus\": 0")).find("a capacity of nothing"), std::string::npos);
  EXPECT_NE(refusal(with("\"hybrid\"", "\"teleport\"")).find("pre-copy, stop-and-copy"), std::string::npos);
  EXPECT_NE(refusal(with("\"account\"", "\"guess\"")).find("account, network, machine"), std::string::npos);
}

} // namespace
} // namespace migralab::balancer
