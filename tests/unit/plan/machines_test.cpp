// SPDX-License-Identifier: Apache-2.0
// Plans of labs whose hosts are machines of their own.
#include "migralab/core/error.hpp"
#include "migralab/plan/plan.hpp"
#include "migralab/topology/load.hpp"
#include "support/golden.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace migralab {
namespace {

constexpr auto xen = "topologies/xen-iscsi.lab.yaml";

Capabilities roomy() {
  return {
      .kvm_reason = "no /dev/kvm",
      .memory_available = Bytes::gib(16),
      .disk_available = Bytes::gib(16),
      .autossh = true};
}

std::size_t index_of(const Plan& plan, const std::string& name) {
  const auto found =
      std::find_if(plan.steps.begin(), plan.steps.end(), [&](const Step& step) { return step.name == name; });
  EXPECT_NE(found, plan.steps.end()) << name;
  return static_cast<std::size_t>(found - plan.steps.begin());
}

/// Whether `first` is done for certain before `second` begins.
bool ordered(const Plan& plan, const std::string& first, const std::string& second) {
  std::set<std::size_t> before;
  std::vector<std::size_t> open = plan.steps[index_of(plan, second)].after;
  while (!open.empty()) {
    const std::size_t step = open.back();
    open.pop_back();
    if (before.insert(step).second) {
      open.insert(open.end(), plan.steps[step].after.begin(), plan.steps[step].after.end());
    }
  }
  return before.contains(index_of(plan, first));
}

/// Of all that the shipped topologies boot.
ImageCatalogue images() {
  ImageCatalogue images{
      {"storage-host", {.disk = Bytes::mib(768), .memory = Bytes::mib(384), .host = "storage"}},
      {"kvm-host", {.disk = Bytes::mib(1536), .memory = Bytes::mib(384), .host = "kvm"}},
      {"micro", {.disk = {}, .memory = Bytes::mib(96)}}};
  return images;
}

ImageCatalogue xen_images() {
  return {
      {"xen-host", {.disk = Bytes::gib(1), .memory = Bytes::mib(448), .host = "xen"}},
      {"micro", {.disk = {}, .memory = Bytes::mib(96)}},
      {"debian", {.disk = Bytes::gib(1), .memory = Bytes::mib(256)}}};
}

TEST(PlanOfMachines, OfXenHostsIsGolden) {
  test::expect_golden(
      test::source_path("tests/unit/plan/golden/xen-iscsi.txt"),
      render_plan(make_plan(load_topology(test::source_path(xen)), roomy(), Measuring::rates, xen_images())));
}

TEST(PlanOfMachines, EachHostAttachesADiskAndTheGuestWaitsForItsOwn) {
  const Plan plan = make_plan(load_topology(test::source_path(xen)), roomy(), Measuring::rates, xen_images());
  EXPECT_TRUE(ordered(plan, "attach web xen1", "guest web"));
  EXPECT_TRUE(ordered(plan, "put micro xen1", "guest web"));
  EXPECT_TRUE(ordered(plan, "export web", "attach web xen2"));
  EXPECT_FALSE(ordered(plan, "attach web xen2", "guest web"));
  EXPECT_TRUE(ordered(plan, "boot xen1", "hypervisor xen1"));
  EXPECT_FALSE(ordered(plan, "boot xen1", "boot xen2")) << "they boot at the same time";
  const auto& boot = std::get<BootMachine>(plan.steps[index_of(plan, "boot xen1")].action);
  EXPECT_EQ(boot.own, Bytes::mib(448));
  EXPECT_EQ(boot.memory, Bytes::mib(448 + 256 + 64 + 8)) << "Xen takes a part of its own";
}

TEST(PlanOfMachines, GuestsOfOneHostStartOneAfterTheOther) {
  Topology topology = load_topology(test::source_path(xen));
  topology.guests.push_back(topology.guests.front());
  topology.guests.back().name = "second";
  topology.guests.push_back(topology.guests.back());
  topology.guests.back().name = "elsewhere";
  topology.guests.back().host = "xen2";
  const Plan plan = make_plan(topology, roomy(), Measuring::rates, xen_images());
  EXPECT_TRUE(ordered(plan, "answer web", "guest second"));
  EXPECT_FALSE(ordered(plan, "answer web", "guest elsewhere"));
}

TEST(PlanOfMachines, ASystemOnADiskIsCopiedSinceXenKnowsNoLayers) {
  Topology topology = load_topology(test::source_path(xen));
  topology.guests.front().image = "debian";
  topology.guests.front().disk->size = Bytes::gib(2);
  const Plan plan = make_plan(topology, roomy(), Measuring::rates, xen_images());
  const auto& disk = std::get<MakeDisk>(plan.steps[index_of(plan, "disk web")].action).disk;
  EXPECT_TRUE(disk.copy);
  EXPECT_EQ(disk.image, "debian");
}

TEST(PlanOfMachines, HaveAsManyProcessorsAsTheLargestGuestAndThisMachineForEach) {
  Topology topology = load_topology(test::source_path(xen));
  topology.guests.front().vcpus = 4;
  const auto processors_with = [&](unsigned here) {
    Capabilities machine = roomy();
    machine.processors = here;
    const Plan plan = make_plan(topology, machine, Measuring::rates, xen_images());
    return std::get<BootMachine>(plan.steps[index_of(plan, "boot xen1")].action).processors;
  };
  EXPECT_EQ(processors_with(2), 1U);
  EXPECT_EQ(processors_with(6), 3U);
  EXPECT_EQ(processors_with(64), 4U);
  EXPECT_EQ(processors_with(1), 1U);
  topology.hosts.front().cpus = 1.5;
  EXPECT_EQ(processors_with(2), 2U) << "what is declared counts";
}

TEST(PlanOfMachines, TheMemoryOfTheirSystemsCounts) {
  const Topology topology = load_topology(test::source_path(xen));
  Capabilities machine = roomy();
  machine.memory_available = Bytes::mib(1871); // two of 448 + 256 MiB, with Xen, QEMU and what a host has beside
  EXPECT_THROW(static_cast<void>(make_plan(topology, machine, Measuring::rates, xen_images())), Error);
  machine.memory_available = Bytes::mib(1872);
  EXPECT_NO_THROW(static_cast<void>(make_plan(topology, machine, Measuring::rates, xen_images())));
}

TEST(PlanOfMachines, NeedTheProgramThatKeepsTheWayIntoThem) {
  Capabilities machine = roomy();
  machine.autossh = false;
  for (const char* file : {xen, "topologies/kernel-storage.lab.yaml"}) {
    SCOPED_TRACE(file);
    const Topology topology = load_topology(test::source_path(file));
    try {
      static_cast<void>(make_plan(topology, machine));
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
      EXPECT_STREQ(
          error.what(),
          "the topology has machines of their own, and the way into them is kept by autossh: it is not there");
      EXPECT_EQ(error.hint(), "as root: apt-get install autossh");
    }
  }
}

TEST(PlanOfMachines, AnAoeServerNeedsItsProgram) {
  Capabilities machine = roomy();
  const Topology topology = load_topology(test::source_path("topologies/xen-aoe.lab.yaml"));
  try {
    static_cast<void>(make_plan(topology, machine, Measuring::rates, xen_images()));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::machine_lacks);
    EXPECT_STREQ(error.what(), "storage server store is of type aoe, which needs vblade: it is not there");
    EXPECT_EQ(error.hint(), "as root: apt-get install vblade");
  }
  machine.vblade = true;
  EXPECT_NO_THROW(static_cast<void>(make_plan(topology, machine, Measuring::rates, xen_images())));
}

TEST(PlanOfMachines, KvmIsUsedWhereItNestsOnly) {
  Topology topology = load_topology(test::source_path(xen));
  Capabilities machine = roomy();
  machine.kvm_usable = true;
  EXPECT_FALSE(make_plan(topology, machine, Measuring::rates, xen_images()).kvm);
  topology.accelerator = Accelerator::kvm;
  EXPECT_THROW(static_cast<void>(make_plan(topology, machine, Measuring::rates, xen_images())), Error);
  machine.nested = true;
  EXPECT_TRUE(make_plan(topology, machine, Measuring::rates, xen_images()).kvm);
}

TEST(PlanOfMachines, OfKvmHostsIsGolden) {
  const Topology topology = load_topology(test::source_path("topologies/kvm-machines.lab.yaml"));
  const Plan plan = make_plan(topology, roomy(), Measuring::rates, images());
  const auto& boot = std::get<BootMachine>(plan.steps[index_of(plan, "boot kvm1")].action);
  EXPECT_EQ(boot.image, "kvm-host");
  EXPECT_EQ(boot.memory, Bytes::mib(384 + 256 + 96 + 128)) << "its own, its guests', and of the one guest's QEMU";
  const auto& answer = std::get<AwaitGuest>(plan.steps[index_of(plan, "answer web")].action);
  EXPECT_EQ(answer.limit, std::chrono::minutes(12)) << "a guest in an emulated machine takes its time";
  test::expect_golden(test::source_path("tests/unit/plan/golden/kvm-machines.txt"), render_plan(plan));
}

TEST(PlanOfMachines, OfStorageServersIsGolden) {
  const Topology topology = load_topology(test::source_path("topologies/kernel-storage.lab.yaml"));
  const Plan plan = make_plan(topology, roomy(), Measuring::rates, images());
  const auto& boot = std::get<BootMachine>(plan.steps[index_of(plan, "boot lio")].action);
  EXPECT_EQ(boot.image, "storage-host");
  EXPECT_EQ(boot.memory, Bytes::mib(384));
  EXPECT_EQ(boot.served, Bytes::mib(64 + 4 + 512)) << "the disk of web, its file system, and a bench";
  EXPECT_TRUE(ordered(plan, "boot lio", "target lio"));
  EXPECT_TRUE(ordered(plan, "target lio", "disk web")) << "the disk's file goes into the machine";
  EXPECT_TRUE(ordered(plan, "nfs server nfsd", "export files"));
  test::expect_golden(test::source_path("tests/unit/plan/golden/kernel-storage.txt"), render_plan(plan));
}

TEST(PlanOfMachines, AStorageServerNeedsNothingOfThisMachine) {
  Topology topology = load_topology(test::source_path("topologies/kernel-storage.lab.yaml"));
  ASSERT_FALSE(roomy().root);
  EXPECT_NO_THROW(static_cast<void>(make_plan(topology, roomy(), Measuring::rates, images()))) << "NFS without root";
  Capabilities machine = roomy();
  machine.kvm_usable = true;
  EXPECT_TRUE(make_plan(topology, machine, Measuring::rates, images()).kvm) << "no guest runs in it: nothing nests";
  topology.storage.back().substrate = Substrate::name_space;
  EXPECT_THROW(static_cast<void>(make_plan(topology, roomy(), Measuring::rates, images())), Error);
}

TEST(PlanOfMachines, TheMemoryOfStorageServersCounts) {
  const Topology topology = load_topology(test::source_path("topologies/kernel-storage.lab.yaml"));
  Capabilities machine = roomy();
  // Two servers of 384 MiB, two guests of 128 MiB, a QEMU of 96 MiB for each, two libvirtds of 64 MiB.
  machine.memory_available = Bytes::mib(1535);
  EXPECT_THROW(static_cast<void>(make_plan(topology, machine, Measuring::rates, images())), Error);
  machine.memory_available = Bytes::mib(1536);
  EXPECT_NO_THROW(static_cast<void>(make_plan(topology, machine, Measuring::rates, images())));
}

TEST(PlanOfMachines, AGuestComesToHostsOfItsKindOnly) {
  Topology topology = load_topology(test::source_path("topologies/kvm-machines.lab.yaml"));
  topology.hosts.back().substrate = Substrate::name_space;
  topology.hosts.back().image.clear();
  const Plan plan = make_plan(topology, roomy(), Measuring::rates, images());
  for (const Step& step : plan.steps) {
    EXPECT_NE(step.name, "attach web kvm2");
    EXPECT_NE(step.name, "verify web kvm2") << "it has the disk in another way";
  }
}

TEST(PlanOfMachines, AGuestsDiskIsSeenByHostsOfItsHypervisorOnly) {
  const Plan plan =
      make_plan(load_topology(test::source_path("topologies/mixed.lab.yaml")), roomy(), Measuring::rates, xen_images());
  std::set<std::string> names;
  for (const Step& step : plan.steps) {
    names.insert(step.name);
  }
  EXPECT_TRUE(names.contains("attach web-xen xen2"));
  EXPECT_TRUE(names.contains("verify web-kvm kvm2"));
  EXPECT_FALSE(names.contains("attach web-kvm xen1"));
  EXPECT_FALSE(names.contains("verify web-xen kvm1"));
}

} // namespace
} // namespace migralab
