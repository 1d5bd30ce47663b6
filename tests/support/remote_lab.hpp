// SPDX-License-Identifier: Apache-2.0
// Tests of labs on hosts that outlive them (docs/remote.md), each with a lab of its own. The hosts are the nodes of
// another lab, with an sshd each.
#pragma once

#include "support/cluster.hpp"

#include <filesystem>

namespace migralab::test {

inline constexpr auto far_lab = R"(lab: far
networks: {lan: {rate: 500Mbit/s, mtu: 1450}}
hosts:
  n1: {ssh: a1, memory: 512MiB}
  n2: {ssh: a2, memory: 512MiB}
clients: {client: }
guests:
  web: {memory: 96MiB, host: n1, networks: {lan: 10.10.0.99}}
)";

/// One cluster for all tests of a mode.
class Remote : public LabTest {
protected:
  void SetUp() override {
    LabTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    if (!cluster_) {
      cluster_ = std::make_unique<Cluster>(GetParam(), Cluster::Kind::namespaces);
      stands_ = cluster_->start();
    }
    ASSERT_TRUE(stands_);
    file_ = cluster_->put("far.lab.yaml", far_lab);
  }
  void TearDown() override {
    if (cluster_) {
      static_cast<void>(cluster_->run({"down", "far"})); // control groups, too, of one whose folder is gone
    }
  }
  static void TearDownTestSuite() { cluster_.reset(); }

  static Cluster& cluster() { return *cluster_; }

  [[nodiscard]] static std::string host_of_web() {
    const Finished seen = cluster().run({"inspect", "far", "--json"});
    if (seen.code != 0) {
      return seen.errors;
    }
    const nlohmann::json json = nlohmann::json::parse(seen.output);
    const nlohmann::json& host = json.at("guests").at(0).at("host");
    return host.is_string() ? host.get<std::string>() : "";
  }

  static bool answers(const std::string& address = "10.10.0.99") {
    const std::string ask = "exec 3<>/dev/udp/" + address + "/7 && echo word >&3 && timeout 5 head -n 1 <&3";
    return cluster().run({"exec", "client", "--", "timeout", "10", "bash", "-c", ask}).output == "word\n";
  }

  static void expect_that_down_leaves_nothing() {
    EXPECT_TRUE(succeeded(cluster().run({"down", "far"})));
    EXPECT_EQ(cluster().left(), "");
    EXPECT_TRUE(succeeded(cluster().run({"audit"})));
    EXPECT_FALSE(std::filesystem::exists(cluster().lab_folder("far")));
  }

  std::string file_;

private:
  inline static std::unique_ptr<Cluster> cluster_;
  inline static ::testing::AssertionResult stands_ = ::testing::AssertionSuccess();
};

} // namespace migralab::test
