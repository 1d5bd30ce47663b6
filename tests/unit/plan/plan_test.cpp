// SPDX-License-Identifier: Apache-2.0
#include "migralab/plan/plan.hpp"

#include "migralab/core/error.hpp"
#include "migralab/topology/load.hpp"
#include "support/golden.hpp"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>

namespace migralab {
namespace {

constexpr auto quickstart = "topologies/quickstart.lab.yaml";
constexpr auto two_networks = "tests/unit/plan/two-networks.lab.yaml";

Capabilities roomy() {
  return {
      .root = false,
      .kvm_usable = false,
      .kvm_reason = "/dev/kvm: No such file or directory",
      .memory_available = Bytes::gib(16),
      .disk_available = Bytes::gib(16)};
}

Plan plan_of(const std::string& file, const Capabilities& machine = roomy()) {
  return make_plan(load_topology(test::source_path(file)), machine);
}

std::size_t index_of(const Plan& plan, const std::string& name) {
  const auto found =
      std::find_if(plan.steps.begin(), plan.steps.end(), [&](const Step& step) { return step.name == name; });
  EXPECT_NE(found, plan.steps.end()) << name;
  return static_cast<std::size_t>(found - plan.steps.begin());
}

/// Everything that is done for certain before a step begins.
std::set<std::size_t> all_before(const Plan& plan, std::size_t step) {
  std::set<std::size_t> before;
  for (const std::size_t earlier : plan.steps[step].after) {
    before.insert(earlier);
    before.merge(all_before(plan, earlier));
  }
  return before;
}

bool ordered(const Plan& plan, const std::string& first, const std::string& second) {
  return all_before(plan, index_of(plan, second)).contains(index_of(plan, first));
}

TEST(Plan, EveryShippedLabHasOne) {
  Capabilities machine = roomy();
  machine.root = machine.ganesha = machine.vblade = machine.autossh = true; // for NFS and AoE servers, and machines
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test::source_path("topologies"))) {
    if (entry.path().string().ends_with(".lab.yaml")) {
      EXPECT_NO_THROW(static_cast<void>(make_plan(load_topology(entry.path()), machine))) << entry.path();
    }
  }
}

TEST(PlanRefusal, OfAnNfsServerWithoutRoot) {
  Topology topology = load_topology(test::source_path(quickstart));
  topology.storage.front().type = StorageSpec::Type::nfs;
  try {
    static_cast<void>(make_plan(topology, roomy()));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
    EXPECT_NE(std::string(error.what()).find("storage server store is of type nfs"), std::string::npos);
    EXPECT_NE(error.hint().find("type: iscsi"), std::string::npos);
  }
}

TEST(Plan, GivesALocalDiskNoServer) {
  Topology topology = load_topology(test::source_path(quickstart));
  topology.storage.front().type = StorageSpec::Type::local;
  topology.storage.front().networks.clear();
  const std::string text = render_plan(make_plan(topology, roomy()));
  EXPECT_EQ(text.find("store"), std::string::npos) << text;
  EXPECT_EQ(text.find("verify"), std::string::npos) << text;
  EXPECT_NE(text.find("export web"), std::string::npos) << text;
}

TEST(Plan, OfQuickstartIsGolden) {
  test::expect_golden(test::source_path("tests/unit/plan/golden/quickstart.txt"), render_plan(plan_of(quickstart)));
}

TEST(Plan, OfTwoNetworksIsGolden) {
  test::expect_golden(test::source_path("tests/unit/plan/golden/two-networks.txt"), render_plan(plan_of(two_networks)));
}

TEST(Plan, ServesTheDiskOfAnImageOnceForAllItsGuests) {
  Topology topology = load_topology(test::source_path(quickstart));
  topology.guests.front().image = "debian";
  topology.guests.push_back(topology.guests.front());
  topology.guests.back().name = "other";
  const ImageCatalogue images{{"debian", {.disk = Bytes::gib(1), .memory = Bytes::mib(256)}}};
  const Plan plan = make_plan(topology, roomy(), Measuring::rates, images);
  const auto& base = std::get<ExportDisk>(plan.steps[index_of(plan, "export image debian store")].action).disk;
  EXPECT_TRUE(base.base);
  EXPECT_EQ(base.guest, "base.debian");
  EXPECT_EQ(base.lun, 3U) << "after those of the two guests";
  EXPECT_EQ(base.size, Bytes::gib(1));
  for (const char* guest : {"web", "other"}) {
    const Step& start = plan.steps[index_of(plan, std::string("guest ") + guest)];
    EXPECT_EQ(std::get<StartGuest>(start.action).disk->image, "debian");
    EXPECT_EQ(std::count(start.after.begin(), start.after.end(), index_of(plan, "export image debian store")), 1);
  }
}

TEST(Plan, PutsTheDiskOfAnImageOnEveryHostForLocalStorage) {
  Topology topology = load_topology(test::source_path(quickstart));
  topology.storage.front().type = StorageSpec::Type::local;
  topology.storage.front().networks.clear();
  topology.guests.front().image = "debian";
  const Plan plan = make_plan(topology, roomy(), Measuring::rates, {{"debian", {.disk = Bytes::gib(1), .memory = {}}}});
  for (const char* host : {"h1", "h2"}) {
    const auto& disk = std::get<MakeDisk>(plan.steps[index_of(plan, std::string("image debian ") + host)].action).disk;
    EXPECT_EQ(disk.host, host);
    EXPECT_TRUE(disk.base);
  }
}

TEST(Plan, AnImagesDiskHasANameThatNoGuestHas) {
  EXPECT_EQ(base_name("debian"), "base.debian");
  EXPECT_NE(base_name("/a/x.qcow2"), base_name("/b/x.qcow2"));
  EXPECT_TRUE(base_name("/a/my, \"best\".qcow2").starts_with("base.my___best_.qcow2.")) << "tgtadm splits at commas";
}

TEST(Plan, WaitsLongForACloudImageAndAsksForNothingThatItMayNotHave) {
  Topology topology = load_topology(test::source_path(quickstart));
  topology.guests.front().image = "/images/my.qcow2";
  topology.guests.front().services.clear();
  const ImageTraits traits{.disk = Bytes::gib(2), .memory = {}, .own_loader = true};
  const Plan plan = make_plan(topology, roomy(), Measuring::rates, {{"/images/my.qcow2", traits}});
  const auto& await = std::get<AwaitGuest>(plan.steps[index_of(plan, "answer web")].action);
  EXPECT_FALSE(await.http);
  EXPECT_FALSE(await.echo);
  EXPECT_EQ(await.limit, std::chrono::minutes(10));
}

TEST(Plan, WaitsForEarlierStepsOnlyAndNamesAreUnique) {
  for (const char* file : {quickstart, two_networks}) {
    const Plan plan = plan_of(file);
    std::set<std::string> names;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      EXPECT_TRUE(names.insert(plan.steps[i].name).second) << plan.steps[i].name;
      for (const std::size_t earlier : plan.steps[i].after) {
        EXPECT_LT(earlier, i) << plan.steps[i].name;
      }
    }
  }
}

TEST(Plan, OrdersWhatMustBeOrdered) {
  const Plan plan = plan_of(quickstart);
  const std::vector<std::pair<std::string, std::string>> pairs{
      {"node switch", "bridges"},
      {"bridges", "link h1 lan"},
      {"node h1", "link h1 lan"},
      {"link h1 lan", "hypervisor h1"},
      {"node store", "link store lan"},
      {"link store lan", "target store"},
      {"target store", "export web"},
      {"disk web", "export web"},
      {"export web", "verify web h1"},
      {"link h1 lan", "verify web h1"},
      {"verify web h1", "guest web"},
      {"hypervisor h1", "guest web"},
      {"guest web", "answer web"},
      {"link client lan", "answer web"}};
  for (const auto& [first, second] : pairs) {
    EXPECT_TRUE(ordered(plan, first, second)) << first << " before " << second;
  }
}

TEST(Plan, LetsIndependentStepsRunTogether) {
  const Plan plan = plan_of(quickstart);
  EXPECT_FALSE(ordered(plan, "hypervisor h1", "hypervisor h2"));
  EXPECT_FALSE(ordered(plan, "hypervisor h2", "hypervisor h1"));
  EXPECT_TRUE(all_before(plan, index_of(plan, "disk web")).empty());
}

TEST(Plan, NumbersLunsPerServer) {
  const Plan plan = plan_of(two_networks);
  const auto disk = [&](const std::string& step) {
    return std::get<ExportDisk>(plan.steps[index_of(plan, step)].action).disk;
  };
  EXPECT_EQ(disk("export a").lun, 1U);
  EXPECT_EQ(disk("export b").lun, 2U);
  EXPECT_EQ(disk("export c").lun, 1U) << "its server is another one";
  EXPECT_EQ(to_string(disk("export a").portal), "10.2.0.10");
  EXPECT_EQ(to_string(disk("export c").portal), "10.2.0.11");
}

TEST(Plan, AsksAGuestFromWhereItCanBeReached) {
  const auto await = [](const Plan& plan, const std::string& guest) {
    return std::get<AwaitGuest>(plan.steps[index_of(plan, "answer " + guest)].action);
  };
  const Plan small = plan_of(quickstart);
  EXPECT_EQ(await(small, "web").observer, "client");
  EXPECT_TRUE(await(small, "web").http);
  const Plan large = plan_of(two_networks);
  EXPECT_EQ(await(large, "a").observer, "h1") << "no client: its host asks";
  EXPECT_EQ(await(large, "b").observer, "h2");
  EXPECT_FALSE(await(large, "b").http);
  Topology alone = load_topology(test::source_path(two_networks));
  alone.guests.back().networks.clear();
  EXPECT_EQ(await(make_plan(alone, roomy()), "d").observer, "") << "no network: only its console tells";
}

TEST(Plan, ShapesEveryLinkOfAShapedNetworkOnly) {
  for (const Step& step : plan_of(two_networks).steps) {
    if (const auto* link = std::get_if<MakeLink>(&step.action)) {
      EXPECT_EQ(link->shaping.up.has_value(), link->network == "front") << step.name;
      EXPECT_EQ(link->bridged, link->node.starts_with("h")) << step.name;
    }
  }
}

TEST(Plan, LimitsAGuestsLinksOnEveryHostThatItMayComeTo) {
  Topology topology = load_topology(test::source_path(quickstart));
  GuestSpec& web = topology.guests.front();
  web.limits.cpu_quota = 0.5;
  EXPECT_EQ(render_plan(make_plan(topology, roomy())).find("limits web"), std::string::npos) << "not of its network";
  web.limits.network_up = BitRate{1'000'000};
  const Plan plan = make_plan(topology, roomy());
  EXPECT_TRUE(ordered(plan, "link h1 lan", "limits web lan h1"));
  EXPECT_TRUE(ordered(plan, "limits web lan h1", "guest web"));
  EXPECT_FALSE(ordered(plan, "limits web lan h2", "guest web")) << "it may come there, but later";
  const auto& link = std::get<LimitGuestLink>(plan.steps[index_of(plan, "limits web lan h2")].action);
  EXPECT_EQ(link.up, BitRate{1'000'000});
  EXPECT_EQ(link.down, std::nullopt);
  topology.hosts.back().networks.clear();
  EXPECT_EQ(render_plan(make_plan(topology, roomy())).find("limits web lan h2"), std::string::npos);
}

TEST(Plan, MeasuresShapedNetworksOnceGuestsHaveBegun) {
  const Plan plan = plan_of(two_networks);
  const auto& measure = std::get<MeasureLinks>(plan.steps[index_of(plan, "measure front")].action);
  EXPECT_EQ(measure.links.size(), 2U);
  EXPECT_TRUE(ordered(plan, "guest d", "measure front"));
  EXPECT_TRUE(ordered(plan, "link h2 front", "measure front"));
  EXPECT_FALSE(ordered(plan, "answer d", "measure front"));
  EXPECT_EQ(render_plan(plan).find("measure back"), std::string::npos) << "it is not shaped";
  const Plan hurried = make_plan(load_topology(test::source_path(two_networks)), roomy(), Measuring::none);
  EXPECT_EQ(hurried.steps.size(), plan.steps.size() - 1);
}

TEST(Plan, GivesVlansTheSharedBridgeWhereTheKernelCan) {
  Topology topology = load_topology(test::source_path(two_networks));
  topology.networks.front().vlan = 20;
  topology.networks.front().mtu = 9000;
  Capabilities machine = roomy();
  machine.vlan_filtering = true;
  const Plan plan = make_plan(topology, machine);
  EXPECT_EQ(std::get<MakeBridges>(plan.steps[index_of(plan, "bridges")].action).networks.front().vlan, 20U);
  const auto link = std::get<MakeLink>(plan.steps[index_of(plan, "link h1 front")].action);
  EXPECT_EQ(link.vlan, 20U);
  EXPECT_EQ(link.mtu, 9000U);
  EXPECT_TRUE(plan.remarks.empty());
}

TEST(Plan, SaysWhereVlansAreBridges) {
  Topology topology = load_topology(test::source_path(two_networks));
  topology.networks.front().vlan = 20;
  const Plan plan = make_plan(topology, roomy());
  EXPECT_FALSE(std::get<MakeBridges>(plan.steps[index_of(plan, "bridges")].action).networks.front().vlan);
  EXPECT_FALSE(std::get<MakeLink>(plan.steps[index_of(plan, "link h1 front")].action).vlan);
  EXPECT_EQ(
      plan.remarks,
      std::vector<std::string>{
          "this kernel's bridges know no VLANs (CONFIG_BRIDGE_VLAN_FILTERING): each VLAN gets a bridge of its own, "
          "which keeps them apart as well"});
}

TEST(Plan, NamesTheLimitsThatAreNotEnforced) {
  Topology topology = load_topology(test::source_path(quickstart));
  Capabilities machine = roomy();
  machine.no_groups_reason = "control group /x was not delegated";
  machine.no_groups_fix = "run it as root";
  EXPECT_EQ(
      make_plan(topology, machine).unenforced,
      "limits that are not enforced on this machine: memory of the hosts (control group /x was not delegated; run it "
      "as "
      "root)");
  topology.hosts.front().cpus = 2;
  topology.guests.front().limits = {.cpu_shares = 512, .cpu_quota = 0.5, .memory = Bytes::mib(400)};
  EXPECT_NE(
      make_plan(topology, machine)
          .unenforced.find(
              ": memory of the hosts, processors of h1, CPU shares of web, CPU quota of web, memory limit of "
              "web ("),
      std::string::npos);
  machine.control_groups = true;
  EXPECT_EQ(make_plan(topology, machine).unenforced, "");
}

TEST(Plan, LeavesAHostRoomForItsDaemonsAndEveryGuestThatMayCome) {
  const Topology topology = load_topology(test::source_path(quickstart)); // hosts of 2 GiB, one guest
  EXPECT_EQ(memory_limit_of(topology, topology.hosts.back()), Bytes::mib(2048 + 64 + 96 + 128));
}

TEST(PlanAccelerator, IsKvmWhereItWorksAndIsNotForbidden) {
  Topology topology = load_topology(test::source_path(quickstart));
  Capabilities machine = roomy();
  EXPECT_FALSE(make_plan(topology, machine).kvm);
  machine.kvm_usable = true;
  EXPECT_TRUE(make_plan(topology, machine).kvm);
  topology.accelerator = Accelerator::tcg;
  EXPECT_FALSE(make_plan(topology, machine).kvm);
  topology.accelerator = Accelerator::kvm;
  EXPECT_TRUE(make_plan(topology, machine).kvm);
  EXPECT_NE(render_plan(make_plan(topology, machine)).find("guests run by KVM\n"), std::string::npos);
}

void expect_refusal(const Topology& topology, const Capabilities& machine, const char* what, const char* hint) {
  try {
    static_cast<void>(make_plan(topology, machine));
    FAIL() << "no refusal";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), what);
    EXPECT_EQ(error.hint(), hint);
    EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
  }
}

TEST(PlanRefusal, OfKvmThatCannotBeUsed) {
  Topology topology = load_topology(test::source_path(quickstart));
  topology.accelerator = Accelerator::kvm;
  expect_refusal(
      topology,
      roomy(),
      "the topology asks for accel: kvm, but KVM cannot be used: /dev/kvm: No such file or directory",
      "accel: auto takes KVM where it works and software emulation (TCG) elsewhere");
}

TEST(PlanRefusal, OfDelayAndLossWithoutNetem) {
  Topology topology = load_topology(test::source_path(quickstart));
  Capabilities machine = roomy();
  machine.netem_reason = "Error: Specified qdisc kind is unknown.";
  const char* hint = "as root: modprobe sch_netem, or run a kernel that has it; rates work without";
  topology.networks.front().shaping.delay = std::chrono::milliseconds(5);
  expect_refusal(
      topology,
      machine,
      "network lan asks for delay, which this kernel cannot do: it has no netem (sch_netem); tc says: "
      "Error: Specified qdisc kind is unknown.",
      hint);
  topology.networks.front().shaping.loss = 0.01;
  machine.netem_reason.clear();
  expect_refusal(
      topology,
      machine,
      "network lan asks for delay and loss, which this kernel cannot do: it has no netem (sch_netem)",
      hint);
  topology.networks.front().shaping.delay = {};
  expect_refusal(
      topology, machine, "network lan asks for loss, which this kernel cannot do: it has no netem (sch_netem)", hint);
  machine.netem = true;
  EXPECT_NO_THROW(static_cast<void>(make_plan(topology, machine)));
}

TEST(PlanRefusal, OfOutboundAccessWithoutItsProgram) {
  Topology topology = load_topology(test::source_path(quickstart));
  topology.networks.front().outbound = true;
  Capabilities machine = roomy();
  expect_refusal(
      topology,
      machine,
      "network lan asks for outbound access, which needs slirp4netns: it is not there",
      "as root: apt-get install slirp4netns");
  machine.slirp = true;
  const Plan plan = make_plan(topology, machine);
  ASSERT_EQ(plan.gateways.size(), 1U);
  EXPECT_EQ(to_string(*std::get<MakeLink>(plan.steps[index_of(plan, "link h1 lan")].action).router), "10.10.0.2");
  EXPECT_NE(render_plan(plan).find("  +  outbound lan     after all steps\n"), std::string::npos) << render_plan(plan);
  topology.networks.front().subnet.prefix = 26;
  try {
    static_cast<void>(make_plan(topology, machine));
    FAIL() << "no refusal";
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "network lan asks for outbound access: its gateway (slirp4netns) takes a prefix up to /25, not /26");
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
  }
}

TEST(PlanRefusal, OfTooLittleMemory) {
  const Topology topology = load_topology(test::source_path(quickstart));
  Capabilities machine = roomy();
  machine.memory_available = Bytes::mib(480); // 256 + 96 for the guest, 2 x 64 for the hosts
  EXPECT_NO_THROW(static_cast<void>(make_plan(topology, machine)));
  machine.memory_available = Bytes::mib(479);
  expect_refusal(
      topology,
      machine,
      "lab quickstart needs 480 MiB of memory, this machine has 479 MiB left",
      "give the guests less memory, end other labs (`migralab ls`), or use a larger machine");
}

TEST(PlanRefusal, OfTooLittleDisk) {
  const Topology topology = load_topology(test::source_path(quickstart));
  Capabilities machine = roomy();
  machine.disk_available = Bytes::mib(64);
  EXPECT_NO_THROW(static_cast<void>(make_plan(topology, machine)));
  machine.disk_available = Bytes::mib(63);
  expect_refusal(
      topology,
      machine,
      "the disks of lab quickstart hold 64.0 MiB, where labs are kept there is room for 63.0 MiB",
      "make the disks smaller, or point XDG_STATE_HOME to a larger disk");
}

TEST(Plan, EveryHostOfTheStorageNetworkVerifiesADiskButTheGuestWaitsForItsOwn) {
  const Plan plan = plan_of(quickstart);
  EXPECT_TRUE(ordered(plan, "export web", "verify web h2"));
  EXPECT_FALSE(ordered(plan, "verify web h2", "guest web"));
  const auto& own = std::get<VerifyDisk>(plan.steps[index_of(plan, "verify web h1")].action);
  const auto& other = std::get<VerifyDisk>(plan.steps[index_of(plan, "verify web h2")].action);
  EXPECT_TRUE(own.contents);
  EXPECT_FALSE(other.contents) << "the guest may write already";
}

TEST(Plan, EveryHostKeepsTheSecretOfATargetBeforeAGuestNeedsIt) {
  Topology topology = load_topology(test::source_path(quickstart));
  topology.storage.front().chap = ChapSpec{};
  const Plan plan = make_plan(topology, roomy());
  for (const std::string host : {"h1", "h2"}) {
    EXPECT_TRUE(ordered(plan, "hypervisor " + host, "secret store " + host));
    EXPECT_TRUE(ordered(plan, "target store", "secret store " + host)) << "which makes the secret known";
  }
  EXPECT_TRUE(ordered(plan, "secret store h1", "guest web"));
}

TEST(Plan, ADiskElsewhereNeedsNoRoomWhereLabsAreKept) {
  Capabilities machine = roomy();
  machine.disk_available = Bytes::mib(1);
  Topology topology = load_topology(test::source_path(quickstart));
  EXPECT_THROW(static_cast<void>(make_plan(topology, machine)), Error);
  topology.storage.front().folder = "/somewhere";
  EXPECT_NO_THROW(static_cast<void>(make_plan(topology, machine)));
}

} // namespace
} // namespace migralab
