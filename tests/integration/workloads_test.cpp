// SPDX-License-Identifier: Apache-2.0
// Every kind of workload, for real: with the programs of the debian image in a guest, and of this machine on a client.
#include "support/lab_test.hpp"

#include <csignal>
#include <set>
#include <thread>

namespace migralab::test {

namespace {

using Json = nlohmann::json;

class Workloads : public LabTest {
protected:
  static std::string topology(const Cli& cli) {
    return cli.put(
        "load.lab.yaml",
        "lab: load\n"
        "networks: {lan: {rate: 1Gbit/s}}\n"
        "storage: {store: {type: iscsi}}\n"
        "hosts: {h1: {memory: 2GiB}}\n"
        "clients: {client: }\n"
        "guests:\n"
        "  web: {image: debian, memory: 384MiB, disk: {storage: store, size: 2GiB}, services: [http]}\n"
        "  small: {image: micro, memory: 128MiB}\n");
  }

  /// Runs a workload, and expects these metrics, and no error.
  static Json expect_metrics(const Cli& cli, const Cli::Words& words, const std::set<std::string>& metrics) {
    Cli::Words all{"workload", "--json"};
    all.insert(all.end(), words.begin(), words.end());
    const Finished finished = cli.run(all, Seconds(60));
    EXPECT_TRUE(succeeded(finished)) << words.front();
    Json result = Json::parse(finished.output, nullptr, false);
    if (result.is_discarded()) {
      ADD_FAILURE() << words.front() << ": no JSON";
      return {};
    }
    std::set<std::string> told;
    for (const Json& sample : result.at("samples")) {
      told.insert(sample.at("metric"));
    }
    for (const std::string& metric : metrics) {
      EXPECT_TRUE(told.contains(metric)) << words.front() << " told nothing of " << metric << "; it said:\n"
                                         << result.at("output").get<std::string>();
    }
    EXPECT_FALSE(told.contains("failed_runs")) << words.front() << ": " << result.at("output").get<std::string>();
    EXPECT_EQ(result.at("error"), "") << words.front();
    return result;
  }

  static std::vector<double> values(const Json& result, const std::string& metric) {
    std::vector<double> found;
    for (const Json& sample : result.value("samples", Json::array())) {
      if (sample.at("metric") == metric) {
        found.push_back(sample.at("value"));
      }
    }
    return found;
  }

  static bool runs_in_guest(const Cli& cli, const std::string& program) {
    return cli.run({"exec", "web", "--", "pidof", program}, Seconds(30)).code == 0;
  }

  static void run_in_guests(const Cli& cli) {
    expect_metrics(cli, {"dbench", "--on", "web", "--seconds", "10"}, {"throughput", "operations", "latency_max"});
    expect_metrics(
        cli, {"fio", "--on", "web", "--seconds", "12", "size=4MiB"}, {"read_rate", "write_operations", "read_latency"});
    expect_metrics(cli, {"sysbench-cpu", "--on", "web", "--seconds", "8"}, {"events", "latency_p95"});
    expect_metrics(cli, {"sysbench-memory", "--on", "web", "--seconds", "8"}, {"throughput"});
    expect_metrics(cli, {"stress-ng", "--on", "web", "--seconds", "10", "slice=1s"}, {"operations"});
    expect_metrics(cli, {"compile", "--on", "web", "--seconds", "15", "files=1", "functions=1"}, {"build_time"});
    for (const std::string guest : {"web", "small"}) {
      expect_metrics(cli, {"stress", "--on", guest, "--seconds", "5", "workers=2"}, {"hogs"});
      const Json written = expect_metrics(
          cli, {"memory-writer", "--on", guest, "--seconds", "8", "size=8MiB", "rate=4MiB/s"}, {"rate", "given_up"});
      for (const double rate : values(written, "rate")) {
        EXPECT_NEAR(rate, 4, 1) << "the rate that was asked for, or given up";
      }
      const Json worked = expect_metrics(
          cli, {"cpu-load", "--on", guest, "--seconds", "6", "load=20%", "swing=5%", "period=4s"}, {"rate", "busy"});
      for (const double busy : values(worked, "busy")) {
        EXPECT_NEAR(busy, 20, 12) << "the load that was asked for";
      }
      expect_metrics(cli, {"gap-detector", "--on", guest, "--seconds", "8"}, {"lag", "over_1ms"});
    }
  }

  /// Each copies to the other, and later to one that serves no more.
  static void copy_between_guests(const Cli& cli) {
    Child other = cli.start({"workload", "copies", "--on", "small", "--seconds", "60", "size=64KiB", "pause=100ms"});
    for (int tries = 0; tries < 40 && cli.run({"exec", "small", "--", "pidof", "copies"}).code != 0; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
    const Cli::Words words{"copies", "--on", "web", "--seconds", "6", "size=64KiB", "pause=100ms"};
    for (const double rate : values(expect_metrics(cli, words, {"rate", "copies"}), "rate")) {
      EXPECT_GT(rate, 0);
    }
    other.send(SIGTERM);
    EXPECT_EQ(other.wait(Seconds(20)).code, 130);
    EXPECT_TRUE(values(expect_metrics(cli, words, {"failed_copies"}), "copies").empty());
  }

  static void run_on_a_client(const Cli& cli) {
    const Json asked =
        expect_metrics(cli, {"ab", "--on", "client", "--seconds", "4", "slice=1s"}, {"rate", "errors", "response_p99"});
    for (const double rate : values(asked, "rate")) {
      EXPECT_GT(rate, 0);
    }
    expect_metrics(cli, {"wrk", "--on", "client", "--seconds", "4", "slice=1s"}, {"rate", "response_p50"});
    const Json ramp = expect_metrics(
        cli,
        {"httperf", "--on", "client", "--seconds", "4", "low=20/s", "high=40/s", "step=20/s", "connections=10"},
        {"demanded_rate", "reply_rate", "reply_time"});
    const std::vector<double> demanded = values(ramp, "demanded_rate");
    ASSERT_GE(demanded.size(), 2U);
    EXPECT_EQ(demanded[0], 20);
    EXPECT_EQ(demanded[1], 40);
    EXPECT_GT(values(expect_metrics(cli, {"ping", "--on", "client"}, {"round_trip"}), "round_trip").size(), 15U);

    Child server = cli.start({"workload", "iperf3-server", "--on", "web", "--seconds", "60"});
    for (int tries = 0; tries < 40 && !runs_in_guest(cli, "iperf3"); ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
    std::this_thread::sleep_for(std::chrono::seconds(1));
    expect_metrics(cli, {"iperf3", "--on", "client", "--seconds", "4"}, {"rate", "retransmits"});
    server.send(SIGTERM);
    EXPECT_EQ(server.wait(Seconds(20)).code, 130);
    EXPECT_FALSE(runs_in_guest(cli, "iperf3")) << "the server goes on in the guest";
  }

  static void refuse_what_cannot_be(const Cli& cli) {
    EXPECT_TRUE(refused(
        cli.run({"workload", "dbench", "--on", "small"}, Seconds(60)),
        2,
        {"workload dbench: guest small (image micro) has no dbench", "use image debian"}));
    EXPECT_TRUE(refused(cli.run({"workload", "dbensh", "--on", "web"}), 2, {"did you mean 'dbench'?"}));
    EXPECT_TRUE(refused(cli.run({"workload", "dbench", "--on", "webb"}), 2, {"did you mean 'web'?"}));
    EXPECT_TRUE(refused(cli.run({"workload", "dbench", "--on", "web", "clients=x"}), 2, {"no whole number"}));
    EXPECT_TRUE(refused(
        cli.run({"workload", "memory-writer", "--on", "small", "size=4GiB"}, Seconds(60)),
        1,
        {"MiB available", "give the guest more memory"}));
  }

  /// Killed without a chance to say goodbye: what it ran in the guest ends all the same.
  static void leave_nothing(const Cli& cli) {
    {
      Child killed = cli.start({"workload", "sysbench-cpu", "--on", "web", "--seconds", "300"});
      bool seen = false;
      for (int tries = 0; tries < 40 && !seen; ++tries) {
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
        seen = runs_in_guest(cli, "sysbench");
      }
      EXPECT_TRUE(seen);
      killed.send(SIGKILL);
      static_cast<void>(killed.wait(Seconds(10))); // it was killed
    }
    bool gone = false;
    for (int tries = 0; tries < 40 && !gone; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
      gone = !runs_in_guest(cli, "sysbench");
    }
    EXPECT_TRUE(gone);
  }
};

TEST_P(Workloads, RunMeasureAndLeaveNothing) {
  const Cli cli(GetParam());
  ASSERT_TRUE(succeeded(cli.run({"image", "build", "debian"}, Seconds(600))));
  ASSERT_TRUE(succeeded(cli.run({"up", topology(cli)}, Seconds(180))));
  refuse_what_cannot_be(cli);
  run_in_guests(cli);
  copy_between_guests(cli);
  run_on_a_client(cli);
  leave_nothing(cli);
  EXPECT_TRUE(succeeded(cli.run({"down"})));
}

TEST_P(Workloads, AreListed) {
  const Cli cli(GetParam());
  const Finished all = cli.run({"workload", "ls", "--json"});
  ASSERT_TRUE(succeeded(all));
  EXPECT_EQ(Json::parse(all.output).at("kinds").size(), 17U);
  const Finished one = cli.run({"workload", "ls", "dbench"});
  ASSERT_TRUE(succeeded(one));
  EXPECT_NE(one.output.find("Debian package dbench"), std::string::npos);
  EXPECT_TRUE(refused(cli.run({"workload"}), 2, {"which kind of workload?"}));
}

MIGRALAB_BOTH_MODES(Workloads);

} // namespace

} // namespace migralab::test
