// SPDX-License-Identifier: Apache-2.0
// Networks of a lab: VLANs, MTU, rates per direction, measured and changed while it runs, counters, the way out.
#include "migralab/core/handle.hpp"
#include "support/lab_test.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <fmt/ranges.h>
#include <fstream>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace migralab::test {

namespace {

constexpr const char* topology =
    "lab: nets\n"
    "networks:\n"
    "  blue: {subnet: 10.10.0.0/24, rate: {up: 20Mbit/s, down: 50Mbit/s}, vlan: 10, mtu: 9000}\n"
    "  red: {subnet: 10.20.0.0/24, vlan: 20, outbound: true}\n"
    "hosts:\n"
    "  h1: {memory: 1GiB, networks: [blue, red]}\n"
    "clients:\n"
    "  inside: {networks: [blue]}\n"
    "  outside: {networks: [red]}\n"
    "guests:\n"
    "  g: {memory: 128MiB, networks: {blue: 10.10.0.50, red: }}\n";

/// An address at which this machine can be reached other than by its loopback; empty: it has none.
std::string own_address() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) {
    return {};
  }
  std::string found;
  for (const ifaddrs* entry = list; entry != nullptr && found.empty(); entry = entry->ifa_next) {
    if (entry->ifa_addr != nullptr && entry->ifa_addr->sa_family == AF_INET && (entry->ifa_flags & IFF_LOOPBACK) == 0 &&
        (entry->ifa_flags & IFF_RUNNING) != 0) {
      char text[INET_ADDRSTRLEN] = {};
      sockaddr_in address{};
      std::memcpy(&address, entry->ifa_addr, sizeof address);
      found = ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    }
  }
  ::freeifaddrs(list);
  return found;
}

/// A server of the machine, outside every lab: greets whoever comes.
class Greeter {
public:
  Greeter() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t length = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_.get(), raw, length) != 0 || ::listen(socket_.get(), 8) != 0 ||
        ::getsockname(socket_.get(), raw, &length) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        pollfd polled{socket_.get(), POLLIN, 0};
        if (::poll(&polled, 1, 50) > 0) {
          const UniqueFd guest(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
          static_cast<void>(!::send(guest.get(), "greetings\n", 10, MSG_NOSIGNAL));
        }
      }
    });
  }

  [[nodiscard]] std::string port() const { return std::to_string(port_); }

private:
  UniqueFd socket_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

class Networks : public LabTest {
protected:
  static Finished exec(const Cli& cli, const std::string& node, const std::string& shell) {
    return cli.run({"exec", node, "--", node == "g" ? "sh" : "bash", "-c", shell}, Seconds(60));
  }

  /// Does a TCP connection from the node come about?
  static bool connects(const Cli& cli, const std::string& node, const std::string& address, const std::string& port) {
    return exec(cli, node, "timeout 5 bash -c 'exec 3<>/dev/tcp/" + address + "/" + port + "'").code == 0;
  }

  static nlohmann::json network(const Cli& cli, const std::string& name) {
    const nlohmann::json lab = cli.inspect("nets");
    for (const auto& one : lab.at("networks")) {
      if (one.at("name") == name) {
        return one;
      }
    }
    return {};
  }

  /// Declared and measured of one end, in bit/s.
  static std::pair<double, double>
  rate(const nlohmann::json& network, const std::string& node, const std::string& direction) {
    for (const auto& link : network.at("links")) {
      if (link.at("node") == node && link.at("direction") == direction) {
        return {link.at("declared_bits_per_s"), link.at("measured_bits_per_s")};
      }
    }
    return {};
  }
};

/// A machine without netem refuses before anything is made; one that has it does not.
TEST_P(Networks, DelayNeedsAKernelThatCan) {
  const Cli cli(GetParam());
  const std::string file =
      cli.put("slow.lab.yaml", "lab: slow\nnetworks: {lan: {delay: 5ms}}\nhosts: {h1: {memory: 1GiB}}\n");
  const Finished trial = cli.run_program(
      GetParam() == Mode::root
          ? Cli::
                Words{"/usr/bin/unshare", "--net", "/usr/sbin/tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"}
          : Cli::Words{
                "/usr/bin/unshare",
                "--net",
                "--user",
                "--map-root-user",
                "/usr/sbin/tc",
                "qdisc",
                "add",
                "dev",
                "lo",
                "root",
                "netem",
                "delay",
                "1ms"});
  const Finished check = cli.run({"check", file});
  if (trial.code == 0) {
    EXPECT_TRUE(succeeded(check));
    return;
  }
  const std::vector<std::string> texts{
      "network lan asks for delay, which this kernel cannot do: it has no netem (sch_netem)",
      "hint: as root: modprobe"};
  EXPECT_TRUE(refused(check, 3, texts));
  EXPECT_TRUE(refused(cli.run({"up", file}), 3, texts));
  EXPECT_FALSE(std::filesystem::exists(cli.lab_folder("slow")));
}

TEST_P(Networks, AreAsTheFileSaysAndAsShapeChangesThem) {
  const Cli cli(GetParam());
  const Machine before = Machine::now(cli.state_home());
  const Finished up = cli.run({"up", cli.put("nets.lab.yaml", topology)}, Seconds(180));
  ASSERT_TRUE(succeeded(up));
  EXPECT_NE(up.output.find("NETWORK  NODE    UP"), std::string::npos) << up.output;

  // Declared and measured.
  for (const char* node : {"h1", "inside"}) {
    const auto [up_declared, up_measured] = rate(network(cli, "blue"), node, "up");
    const auto [down_declared, down_measured] = rate(network(cli, "blue"), node, "down");
    EXPECT_EQ(up_declared, 20e6);
    EXPECT_NEAR(up_measured, 20e6, 1e6) << node;
    EXPECT_EQ(down_declared, 50e6);
    EXPECT_NEAR(down_measured, 50e6, 2.5e6) << node;
  }
  EXPECT_TRUE(network(cli, "red").at("links").empty()) << "not shaped";

  // MTU, to the guest itself.
  EXPECT_EQ(exec(cli, "g", "cat /sys/class/net/eth0/mtu /sys/class/net/eth1/mtu").output, "9000\n1500\n");
  EXPECT_EQ(exec(cli, "inside", "ip -o link show blue").output.find("mtu 9000") == std::string::npos, false);

  // A VLAN's nodes reach each other; another VLAN's do not, even with an address of the same subnet.
  EXPECT_TRUE(connects(cli, "inside", "10.10.0.50", "22"));
  EXPECT_TRUE(succeeded(exec(cli, "outside", "ip address add 10.10.0.77/24 dev red")));
  EXPECT_FALSE(connects(cli, "outside", "10.10.0.50", "22"));

  // Shaped otherwise while it runs: the kernel's word, the measurement, the record.
  const Finished shaped = cli.run({"shape", "blue", "up=5Mbit/s"}, Seconds(60));
  EXPECT_TRUE(succeeded(shaped));
  EXPECT_EQ(shaped.output.rfind("network blue: 5Mbit/s up, 50Mbit/s down\n", 0), 0U) << shaped.output;
  EXPECT_NE(exec(cli, "inside", "tc qdisc show dev blue").output.find("rate 5Mbit"), std::string::npos);
  EXPECT_NEAR(rate(network(cli, "blue"), "inside", "up").second, 5e6, 0.25e6);
  EXPECT_EQ(network(cli, "blue").at("shaping"), "5Mbit/s up, 50Mbit/s down");
  EXPECT_TRUE(succeeded(cli.run({"shape", "blue", "nets", "--node", "inside", "rate=none"}, Seconds(60))));
  EXPECT_EQ(exec(cli, "inside", "tc qdisc show dev blue").output.find("tbf"), std::string::npos);
  EXPECT_EQ(network(cli, "blue").at("exceptions").at("inside"), "not shaped");
  EXPECT_EQ(rate(network(cli, "blue"), "inside", "up").first, 0) << "what was measured before is not true any more";

  EXPECT_TRUE(refused(cli.run({"shape", "bleu", "rate=1Mbit/s"}), 2, {"no network 'bleu'", "did you mean 'blue'"}));
  EXPECT_TRUE(refused(
      cli.run({"shape", "blue", "rate=1Mb"}),
      2,
      {"migralab: rate=1Mb: unknown unit 'Mb'", "'none' takes the limit away"}));
  EXPECT_TRUE(
      refused(cli.run({"shape", "blue", "rate=1kbit/s"}), 2, {"rate=1kbit/s: a rate is 100kbit/s to 400Gbit/s"}));
  EXPECT_TRUE(refused(cli.run({"shape", "blue", "los=1%"}), 2, {"'los' is nothing that can be shaped", "'loss'"}));
  EXPECT_TRUE(refused(cli.run({"shape", "blue", "loss=1"}), 2, {"loss=1: a loss is 0% to 100%, for example 0.5%"}));
  EXPECT_TRUE(refused(
      cli.run({"shape", "blue", "--node", "insde", "rate=none"}),
      2,
      {"network blue has no cable to a node 'insde'", "inside"}));
  EXPECT_TRUE(refused(
      cli.run({"shape", "blue", "nets", "lab"}), 2, {"'lab' is neither a setting nor the lab, which is 'nets'"}));

  // Counters of every node's interfaces, sample by sample.
  const Finished counters = cli.run({"counters", "--csv", "--count", "2", "--interval", "20ms"});
  EXPECT_TRUE(succeeded(counters));
  EXPECT_EQ(
      counters.output.rfind("at_s,node,interface,received_bytes,received_packets,received_drops,sent_bytes", 0), 0U);
  std::istringstream lines(counters.output);
  std::size_t of_port = 0;
  for (std::string line; std::getline(lines, line);) {
    of_port += line.find(",switch,blue.inside,") != std::string::npos ? 1U : 0U;
  }
  EXPECT_EQ(of_port, 2U) << counters.output;
  EXPECT_TRUE(refused(cli.run({"counters", "--interval", "5"}), 2, {"--interval 5: no unit"}));

  // The way out, of the network that has one.
  if (const std::string address = own_address(); !address.empty()) {
    const Greeter greeter;
    const std::string ask = "echo | nc -w 5 " + address + " " + greeter.port();
    EXPECT_EQ(exec(cli, "g", ask).output, "greetings\n");
    EXPECT_TRUE(connects(cli, "outside", address, greeter.port()));
    EXPECT_FALSE(connects(cli, "inside", address, greeter.port()));
    EXPECT_FALSE(connects(cli, "outside", "10.20.0.2", greeter.port())) << "this machine's loopback";
  }

  // It ends with the lab, however that ends.
  EXPECT_EQ(descendants_with("slirp4netns").size(), 1U);
  ::kill(cli.keeper("nets"), SIGKILL);
  EXPECT_TRUE(succeeded(cli.run({"down", "nets"})));
  std::filesystem::remove(cli.state_home() / "migralab");
  EXPECT_EQ(what_changed_since(before, cli.state_home()), "");
}

/// Words and abbreviations of ip, bridge and tc.
TEST_P(Networks, MayBeCalledWhatTheToolsCallTheirOptions) {
  const Cli cli(GetParam());
  const std::vector<std::string> names{
      "a", "b", "d", "t", "m", "n", "type", "dev", "mtu", "name", "up", "down", "group", "master"};
  const std::string file = cli.put(
      "words.lab.yaml",
      fmt::format(
          "lab: words\nnetworks: {{{0}: }}\nhosts: {{h1: {{memory: 256MiB, networks: [{1}]}}}}\n",
          fmt::join(names, ": , "),
          fmt::join(names, ", ")));
  ASSERT_TRUE(succeeded(cli.run({"up", file}, Seconds(60))));
  for (const std::string& name : names) {
    const Finished shown = cli.run({"exec", "h1", "--", "ip", "-brief", "address", "show", "dev", name});
    EXPECT_TRUE(succeeded(shown)) << name;
    EXPECT_NE(shown.output.find("UP"), std::string::npos) << shown.output;
    EXPECT_NE(shown.output.find("10."), std::string::npos) << shown.output;
  }
  EXPECT_TRUE(succeeded(cli.run({"down", "words"})));
}

MIGRALAB_BOTH_MODES(Networks);

} // namespace

} // namespace migralab::test
