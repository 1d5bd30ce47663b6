// SPDX-License-Identifier: Apache-2.0
#include "migralab/topology/load.hpp"

#include "migralab/core/files.hpp"

#include "support/golden.hpp"
#include "support/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace migralab {
namespace {

using test::source_path;

Topology parse(const std::string& text, const std::string& rename = {}) {
  Diagnostics diagnostics("lab.yaml", text);
  Topology topology = parse_topology(text, "lab.yaml", rename, diagnostics);
  EXPECT_EQ(diagnostics.render(), "");
  return topology;
}

std::string address_of(const std::vector<Attachment>& attachments, std::size_t index = 0) {
  return attachments.size() > index ? to_string(attachments[index].address) : "none";
}

TEST(LoadTopology, Quickstart) {
  std::string warnings = "not set";
  const Topology topology = load_topology(source_path("topologies/quickstart.lab.yaml"), {}, &warnings);
  EXPECT_EQ(warnings, "");
  EXPECT_EQ(topology.lab, "quickstart");
  EXPECT_EQ(topology.file.filename(), "quickstart.lab.yaml");
  EXPECT_EQ(topology.accelerator, Accelerator::automatic);

  ASSERT_EQ(topology.networks.size(), 1U);
  const NetworkSpec& lan = topology.networks.front();
  EXPECT_EQ(lan.name, "lan");
  EXPECT_EQ(to_string(lan.subnet), "10.10.0.0/24");
  EXPECT_EQ(lan.shaping.up, BitRate{1'000'000'000});
  EXPECT_EQ(lan.roles, (std::set{Role::management, Role::migration, Role::storage, Role::guest}));

  ASSERT_EQ(topology.storage.size(), 1U);
  EXPECT_EQ(topology.storage.front().name, "store");
  EXPECT_EQ(topology.storage.front().type, StorageSpec::Type::iscsi);
  EXPECT_EQ(address_of(topology.storage.front().networks), "10.10.0.10");

  ASSERT_EQ(topology.hosts.size(), 2U);
  EXPECT_EQ(topology.hosts[0].name, "h1");
  EXPECT_EQ(topology.hosts[1].name, "h2");
  EXPECT_EQ(topology.hosts[0].memory, Bytes::gib(2));
  EXPECT_EQ(topology.hosts[0].cpus, std::nullopt) << "as many as the machine has";
  EXPECT_EQ(address_of(topology.hosts[0].networks), "10.10.0.11");
  EXPECT_EQ(address_of(topology.hosts[1].networks), "10.10.0.12");

  ASSERT_EQ(topology.clients.size(), 1U);
  EXPECT_EQ(topology.clients.front().name, "client");
  EXPECT_EQ(address_of(topology.clients.front().networks), "10.10.0.13");

  ASSERT_EQ(topology.guests.size(), 1U);
  const GuestSpec& web = topology.guests.front();
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.image, "micro");
  EXPECT_EQ(web.memory, Bytes::mib(256));
  EXPECT_EQ(web.vcpus, 1U);
  EXPECT_EQ(web.host, "h1");
  ASSERT_TRUE(web.disk);
  EXPECT_EQ(web.disk->storage, "store");
  EXPECT_EQ(web.disk->size, Bytes::mib(64));
  EXPECT_EQ(address_of(web.networks), "10.10.0.14");
  EXPECT_EQ(web.services, std::set{Service::http});
}

TEST(LoadTopology, EveryKey) {
  const Topology topology = parse(R"(lab: every
networks:
  lan: {rate: {up: 10Mbit/s, down: 100Mbit/s}, delay: 5ms, loss: 0.5%, mtu: 9000, vlan: 7, outbound: true}
  slow: {rate: {down: 1Mbit/s}}
storage:
  store: {chap: true, folder: disks, networks: [lan]}
  other: {chap: {user: me, secret_file: ../secret}, networks: [lan]}
  open: {chap: false, networks: [lan]}
hosts: {h1: {memory: 1GiB, networks: [lan, slow]}}
guests:
  web:
    memory: 128MiB
    image: ./debian.qcow2
    disk: {storage: store, size: 16MiB}
    networks: [lan]
    limits: {cpu: {shares: 512, quota: 50%}, memory: 256MiB, disk: {rate: 10MB/s, iops: 100}, network: {up: 1Mbit/s}}
)");
  const NetworkSpec& lan = topology.networks.at(0);
  EXPECT_EQ(lan.shaping, (Shaping{BitRate{10'000'000}, BitRate{100'000'000}, std::chrono::milliseconds(5), 0.005}));
  EXPECT_EQ(describe_rate(lan.shaping), "10Mbit/s up, 100Mbit/s down");
  EXPECT_EQ(lan.mtu, 9000U);
  EXPECT_EQ(lan.vlan, 7U);
  EXPECT_TRUE(lan.outbound);
  EXPECT_EQ(describe_rate(topology.networks.at(1).shaping), "not shaped up, 1Mbit/s down");
  const std::filesystem::path here = std::filesystem::current_path();
  ASSERT_TRUE(topology.storage.at(0).chap.has_value());
  EXPECT_EQ(topology.storage.at(0).chap->user, "migralab");
  EXPECT_EQ(topology.storage.at(0).chap->secret_file, "") << "made for the lab";
  EXPECT_EQ(topology.storage.at(0).folder, here / "disks");
  ASSERT_TRUE(topology.storage.at(1).chap.has_value());
  EXPECT_EQ(topology.storage.at(1).chap->user, "me");
  EXPECT_EQ(topology.storage.at(1).chap->secret_file, here.parent_path() / "secret");
  EXPECT_FALSE(topology.storage.at(2).chap.has_value());
  const GuestSpec& web = topology.guests.front();
  EXPECT_EQ(web.image, (here / "debian.qcow2").native());
  EXPECT_EQ(
      web.limits, (GuestLimits{512, 0.5, Bytes::mib(256), Bytes{10'000'000}, 100, BitRate{1'000'000}, std::nullopt}));
}

TEST(LoadTopology, AHostHasWholeProcessorsOrHundredthsOfThem) {
  const Topology topology = parse("lab: small\nnetworks: {lan: }\nhosts:\n  h1: {memory: 1GiB, cpus: 2}\n"
                                  "  h2: {memory: 1GiB, cpus: 0.05}\n  h3: {memory: 1GiB, cpus: 511.99}\n");
  EXPECT_EQ(topology.hosts.at(0).cpus, 2);
  EXPECT_EQ(topology.hosts.at(1).cpus, 0.05);
  EXPECT_EQ(topology.hosts.at(2).cpus, 511.99);
}

TEST(LoadTopology, WithoutTheKeysNothingIsLimited) {
  const Topology topology = parse("lab: small\nnetworks: {lan: }\nhosts: {h1: {memory: 1GiB}}\n"
                                  "guests: {g: {memory: 128MiB}}\nstorage: {s: }\n");
  EXPECT_EQ(topology.networks.front().mtu, 1500U);
  EXPECT_EQ(topology.networks.front().vlan, std::nullopt);
  EXPECT_FALSE(topology.networks.front().outbound);
  EXPECT_EQ(topology.guests.front().limits, GuestLimits{});
  EXPECT_FALSE(topology.storage.front().chap.has_value());
  EXPECT_EQ(topology.storage.front().folder, "");
}

TEST(LoadTopology, FilesOfTheMachineMustBeThere) {
  const test::ScratchFolder folder;
  const auto file = folder.path() / "files.lab.yaml";
  write_file(
      file,
      "lab: files\nnetworks: {lan: }\nhosts: {h1: {memory: 1GiB}}\n"
      "storage:\n  a: {folder: disks}\n  b: {chap: {secret_file: secret}}\n"
      "guests: {g: {memory: 128MiB, image: ./cloud.qcow2}}\n");
  std::string said;
  try {
    static_cast<void>(load_topology(file));
  } catch (const InputError& error) {
    said = error.what();
  }
  const std::string here = folder.path().native();
  EXPECT_NE(said.find(":5:15: error: storage server 'a': the folder " + here + "/disks is not there"), said.npos)
      << said;
  EXPECT_NE(
      said.find(":6:13: error: storage server 'b': the file of its CHAP secret " + here + "/secret is not there"),
      said.npos)
      << said;
  EXPECT_NE(said.find(":7:37: error: guest 'g': the image " + here + "/cloud.qcow2 is not there"), said.npos) << said;
  std::filesystem::create_directory(folder.path() / "disks");
  write_file(folder.path() / "secret", "twelve and more");
  write_file(folder.path() / "cloud.qcow2", "");
  EXPECT_EQ(load_topology(file).storage.size(), 2U);
}

TEST(LoadTopology, EveryShippedLabLoads) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path("topologies"))) {
    if (entry.path().string().ends_with(".lab.yaml")) {
      EXPECT_NO_THROW(static_cast<void>(load_topology(entry.path()))) << entry.path();
    }
  }
}

TEST(LoadTopology, Defaults) {
  const Topology topology = parse("lab: small\n"
                                  "networks: {a: }\n"
                                  "storage: {store: }\n"
                                  "hosts: {h1: {memory: 1GiB}}\n"
                                  "clients: {c: }\n"
                                  "guests: {g: {memory: 128MiB}}\n");
  EXPECT_EQ(to_string(topology.networks.at(0).subnet), "10.10.0.0/24");
  EXPECT_EQ(topology.networks.at(0).shaping, Shaping{});
  EXPECT_EQ(topology.networks.at(0).roles.size(), 4U);
  EXPECT_EQ(topology.hosts.at(0).hypervisor, HostSpec::Hypervisor::kvm);
  EXPECT_EQ(topology.hosts.at(0).networks.at(0).network, "a");
  EXPECT_EQ(topology.guests.at(0).image, "micro");
  EXPECT_EQ(topology.guests.at(0).vcpus, 1U);
  EXPECT_EQ(topology.guests.at(0).host, "h1");
  EXPECT_FALSE(topology.guests.at(0).disk);
  EXPECT_TRUE(topology.guests.at(0).services.empty());
  EXPECT_EQ(address_of(topology.guests.at(0).networks), "10.10.0.13");
}

TEST(LoadTopology, AddressesSkipExplicitOnesAndFollowTheSections) {
  // Sections stand in another order than addresses are given in; h2 holds .11.
  const Topology topology = parse("guests: {g: {memory: 128MiB, networks: {san: }}}\n"
                                  "lab: addresses\n"
                                  "networks: {lan: , san: {subnet: 192.168.7.0/28}}\n"
                                  "hosts:\n"
                                  "  h1: {memory: 1GiB, networks: [lan, san]}\n"
                                  "  h2: {memory: 1GiB, networks: {lan: 10.10.0.11, san: }}\n"
                                  "  h3: {memory: 1GiB, networks: {san: 192.168.7.1, lan: }}\n"
                                  "storage: {store: {networks: [lan]}}\n"
                                  "accel: tcg\n");
  EXPECT_EQ(topology.accelerator, Accelerator::tcg);
  EXPECT_EQ(address_of(topology.storage[0].networks), "10.10.0.10");
  EXPECT_EQ(address_of(topology.hosts[0].networks, 0), "10.10.0.12");
  EXPECT_EQ(address_of(topology.hosts[0].networks, 1), "192.168.7.2");
  EXPECT_EQ(address_of(topology.hosts[1].networks, 0), "10.10.0.11");
  EXPECT_EQ(address_of(topology.hosts[1].networks, 1), "192.168.7.3");
  EXPECT_EQ(address_of(topology.hosts[2].networks, 0), "192.168.7.1");
  EXPECT_EQ(address_of(topology.hosts[2].networks, 1), "10.10.0.13");
  EXPECT_EQ(address_of(topology.guests[0].networks), "192.168.7.4");
}

TEST(LoadTopology, SecondNetworkHasTheSecondDefaultSubnet) {
  const Topology topology = parse("lab: n\nnetworks: {a: , b: }\nhosts: {h: {memory: 1GiB, networks: [b]}}\n");
  EXPECT_EQ(to_string(topology.networks[1].subnet), "10.10.1.0/24");
  EXPECT_EQ(address_of(topology.hosts[0].networks), "10.10.1.10");
}

TEST(LoadTopology, Rename) {
  const std::string text = "lab: old\nnetworks: {a: }\nhosts: {h: {memory: 1GiB}}\n";
  EXPECT_EQ(parse(text, "new").lab, "new");
  Diagnostics diagnostics("lab.yaml", text);
  static_cast<void>(parse_topology(text, "lab.yaml", "Not A Name", diagnostics));
  EXPECT_EQ(
      diagnostics.render(),
      "lab.yaml: error: 'Not A Name' is not a name for a lab\n"
      "hint: write 'not-a-name': a name is a small letter, then small letters, digits and '-', at most 31 characters\n"
      "1 error in lab.yaml\n");
}

TEST(LoadTopology, UnreadableFileIsBadInput) {
  try {
    static_cast<void>(load_topology("/nonexistent/x.lab.yaml"));
    FAIL() << "no InputError";
  } catch (const InputError& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    EXPECT_NE(std::string(error.what()).find("/nonexistent/x.lab.yaml"), std::string::npos) << error.what();
  }
}

TEST(LoadTopology, SurvivesOddText) {
  for (const char* text :
       {"",
        "\n",
        "#",
        "---\n",
        "{",
        "[",
        "a",
        "a: b: c",
        "\t",
        ": ",
        "- a\n- b",
        "lab: [",
        "\"",
        "? {a: 1}: 2",
        "&a [*a]",
        "hosts: &x {h: *x}",
        "networks: {a: &a {subnet: *a}}",
        "lab: !!binary x",
        "%YAML 9.9\n---\n",
        "guests: {g: {disk: {disk: {disk: }}}}",
        "networks: []\nhosts: 3\nguests: x",
        "\xff\xfe",
        "lab: |\n  x\n",
        ", a"}) {
    Diagnostics diagnostics("odd", text);
    static_cast<void>(parse_topology(text, "odd", {}, diagnostics));
    EXPECT_TRUE(diagnostics.has_errors()) << text;
    EXPECT_NE(diagnostics.render(), "");
  }
}

/// A file that is being typed: no prefix and no slip of one character may do worse than be diagnosed.
TEST(LoadTopology, SurvivesDamagedFiles) {
  const std::string whole = test::read_text(source_path("topologies/quickstart.lab.yaml"));
  const auto parse_damaged = [](const std::string& text) {
    Diagnostics diagnostics("damaged", text);
    EXPECT_NO_THROW(static_cast<void>(parse_topology(text, "damaged", {}, diagnostics))) << text;
    EXPECT_NO_THROW(static_cast<void>(diagnostics.render())) << text;
  };
  for (std::size_t at = 0; at < whole.size(); ++at) {
    parse_damaged(whole.substr(0, at));
    if (at % 5 != 0) {
      continue; // every fifth place keeps this below a second
    }
    for (const char* slip : {"", "{", "]", ":", "\"", "\n", "\t", "*", "&", ","}) {
      std::string text = whole;
      parse_damaged(text.replace(at, 1, slip));
    }
  }
}

TEST(LoadTopology, ExamplesOfTheReferenceLoad) {
  const std::string page = test::read_text(source_path("docs/topology.md"));
  const std::string fence = "```yaml\nlab:";
  std::size_t examples = 0;
  for (auto at = page.find(fence); at != std::string::npos; at = page.find(fence, at + 1), ++examples) {
    const auto begin = page.find("lab:", at);
    parse(page.substr(begin, page.find("```", begin) - begin));
  }
  EXPECT_EQ(examples, 2U);
}

} // namespace
} // namespace migralab
