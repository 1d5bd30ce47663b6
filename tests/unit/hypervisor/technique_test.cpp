// SPDX-License-Identifier: Apache-2.0
#include "migralab/hypervisor/technique.hpp"

#include "migralab/core/error.hpp"
#include "migralab/hypervisor/migration.hpp"
#include "migralab/hypervisor/xen_features.hpp"
#include "migrate_parameters.hpp"

#include <gtest/gtest.h>
#include <libvirt/libvirt.h>

namespace migralab {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

FeatureFacts able() {
  return {.libvirt_version = 9'004'000, .userfault_problem = ""};
}

FeatureFacts poor() {
  return {.libvirt_version = 9'000'000, .userfault_problem = "userfaultfd: Operation not permitted"};
}

TEST(SwitchWatch, AfterTheFirstRoundByDefault) {
  SwitchWatch watch({});
  EXPECT_FALSE(watch.due(seconds(9), 1, 100));
  EXPECT_FALSE(watch.due(seconds(10), 1, 1));
  EXPECT_TRUE(watch.due(seconds(11), 2, 50));
  EXPECT_TRUE(watch.due(seconds(12), 2, 0)) << "once true, true for ever";
}

TEST(SwitchWatch, AfterRoundsOrATimeWhicheverIsFirst) {
  SwitchWatch watch({.rounds = 3, .after = seconds(2)});
  EXPECT_FALSE(watch.due(milliseconds(500), 3, 10));
  EXPECT_TRUE(watch.due(milliseconds(600), 4, 10));
  SwitchWatch impatient({.rounds = 3, .after = seconds(2)});
  EXPECT_FALSE(impatient.due(milliseconds(1999), 1, 10));
  EXPECT_TRUE(impatient.due(seconds(2), 1, 10));
}

TEST(SwitchWatch, AtAStall) {
  SwitchWatch watch({.stall = true});
  EXPECT_FALSE(watch.due(seconds(1), 1, 1000)) << "everything";
  EXPECT_FALSE(watch.due(seconds(2), 1, 10));
  EXPECT_FALSE(watch.due(seconds(3), 2, 400));
  EXPECT_FALSE(watch.due(seconds(4), 3, 300)) << "less than the round before: it converges";
  EXPECT_FALSE(watch.due(seconds(5), 3, 299));
  EXPECT_TRUE(watch.due(seconds(6), 4, 300)) << "no less than the round before";
}

TEST(MigrationFeatures, SayWhatIsMissingAndWhatWouldHelp) {
  for (const Feature& feature : migration_features(able())) {
    EXPECT_EQ(feature.available, feature.name != "tunnelled") << feature.name;
    EXPECT_EQ(feature.available, feature.reason.empty()) << feature.name;
  }
  for (const Feature& feature : migration_features(poor())) {
    if (feature.name == "post-copy" || feature.name == "hybrid") {
      EXPECT_FALSE(feature.available);
      EXPECT_EQ(feature.reason, "userfaultfd: Operation not permitted");
      EXPECT_EQ(feature.fix, "run as root, or: sysctl vm.unprivileged_userfaultfd=1");
    }
    if (feature.name == "compression zstd") {
      EXPECT_FALSE(feature.available);
      EXPECT_EQ(feature.reason, "libvirt can from 9.4.0 on, this is 9.0.0");
    }
  }
}

TEST(MigrationFeatures, TheDirtyRateTakesALibvirtThatMeasuresIt) {
  const auto of_version = [](unsigned long version) {
    for (const Feature& feature : migration_features({.libvirt_version = version, .userfault_problem = ""})) {
      if (feature.name == "dirty rate") {
        return feature;
      }
    }
    return Feature{};
  };
  EXPECT_TRUE(of_version(7'002'000).available);
  EXPECT_EQ(of_version(7'001'999).reason, "libvirt can from 7.2.0 on, this is 7.1.999");
}

TEST(MigrationFeatures, XenHasTheSameRowsAndPreCopyAndStopAndCopy) {
  const std::vector<Feature> kvm = migration_features(able());
  const std::vector<Feature> xen = xen_migration_features();
  ASSERT_EQ(xen.size(), kvm.size());
  for (std::size_t i = 0; i < kvm.size(); ++i) {
    EXPECT_EQ(xen[i].name, kvm[i].name);
    EXPECT_NE(xen[i].available, !xen[i].reason.empty()) << xen[i].name << ": what is not there has a reason";
  }
  MigrationOptions options;
  EXPECT_TRUE(unavailable_of(options, xen).empty());
  options.technique = Technique::stop_and_copy;
  EXPECT_TRUE(unavailable_of(options, xen).empty());
  options.technique = Technique::post_copy;
  options.max_downtime = std::chrono::milliseconds(100);
  ASSERT_EQ(unavailable_of(options, xen).size(), 2U);
  EXPECT_EQ(unavailable_of(options, xen).front().reason, "Xen has none");
}

TEST(UnavailableOf, IsAllThatIsMissingOfWhatIsAskedFor) {
  MigrationOptions options;
  options.technique = Technique::post_copy;
  options.compression = Compression::zstd;
  const std::vector<Feature> missing = unavailable_of(options, migration_features(poor()));
  ASSERT_EQ(missing.size(), 2U);
  EXPECT_EQ(missing[0].name, "post-copy");
  EXPECT_EQ(missing[1].name, "compression zstd");
  EXPECT_TRUE(unavailable_of(options, migration_features(able())).empty());
}

std::string refusal(const MigrationOptions& options, const FeatureFacts& facts) {
  try {
    expect_available(options, migration_features(facts));
  } catch (const Error& error) {
    return std::to_string(static_cast<int>(error.status())) + " " + error.what() + " | " + error.hint();
  }
  return "accepted";
}

MigrationOptions by(Technique technique) {
  MigrationOptions options;
  options.technique = technique;
  return options;
}

TEST(ExpectAvailable, RefusesBeforeAnythingRuns) {
  EXPECT_EQ(refusal(by(Technique::pre_copy), poor()), "accepted");
  EXPECT_EQ(
      refusal(by(Technique::post_copy), poor()),
      "3 post-copy is not available here: userfaultfd: Operation not permitted | run as root, or: sysctl "
      "vm.unprivileged_userfaultfd=1");
  MigrationOptions zstd;
  zstd.compression = Compression::zstd;
  EXPECT_EQ(
      refusal(zstd, poor()),
      "2 compression zstd works in parallel streams, and none are asked for | ask for streams, too: 2 to begin with");
  zstd.streams = 2;
  EXPECT_EQ(
      refusal(zstd, poor()),
      "3 compression zstd is not available here: libvirt can from 9.4.0 on, this is 9.0.0 | `migralab capabilities` "
      "shows what is");
  EXPECT_EQ(refusal(zstd, able()), "accepted");
  MigrationOptions switched = by(Technique::pre_copy);
  switched.switch_rule = SwitchRule{.rounds = 2};
  EXPECT_EQ(
      refusal(switched, able()),
      "2 pre-copy takes no switch | leave the switch out, or migrate by technique hybrid, which goes over to "
      "post-copy, "
      "or stop-and-copy, which stops the guest");
  switched.technique = Technique::post_copy;
  EXPECT_TRUE(refusal(switched, able()).starts_with("2 post-copy takes no switch | "));
  switched.technique = Technique::stop_and_copy;
  EXPECT_EQ(refusal(switched, able()), "accepted");
  MigrationOptions slowed = by(Technique::stop_and_copy);
  slowed.auto_converge = true;
  EXPECT_EQ(
      refusal(slowed, able()),
      "2 auto-converge slows a running guest down, and in stop-and-copy it stands | leave one of the two out, or stop "
      "the guest later, by a switch");
  slowed.switch_rule = SwitchRule{.rounds = 2};
  EXPECT_EQ(refusal(slowed, able()), "accepted");
  MigrationOptions streams = by(Technique::hybrid);
  streams.streams = 2;
  EXPECT_EQ(
      refusal(streams, able()),
      "2 post-copy takes no parallel streams in this version of QEMU | leave one of the two out");
}

TEST(ExpectAvailable, StepsAndCacheBelongToSomething) {
  const std::string no_steps =
      "2 steps are given for auto-converge, which is not asked for | ask for it, or leave its steps out";
  MigrationOptions initial;
  initial.auto_converge_initial = 30;
  EXPECT_EQ(refusal(initial, able()), no_steps);
  MigrationOptions increment;
  increment.auto_converge_increment = 5;
  EXPECT_EQ(refusal(increment, able()), no_steps);
  increment.auto_converge = true;
  EXPECT_EQ(refusal(increment, able()), "accepted");
  FeatureFacts old = able();
  old.libvirt_version = 1'003'004;
  EXPECT_EQ(
      refusal(increment, old),
      "3 auto-converge steps is not available here: libvirt can from 2.0.0 on, this is 1.3.4 | `migralab capabilities` "
      "shows what is");

  const std::string no_cache =
      "2 compression xbzrle alone has a cache, and it is not asked for | ask for it, or leave the cache's size out";
  MigrationOptions cache;
  cache.compression_cache = Bytes::mib(64);
  EXPECT_EQ(refusal(cache, able()), no_cache);
  cache.compression = Compression::zstd;
  cache.streams = 2;
  EXPECT_EQ(refusal(cache, able()), no_cache);
  cache.compression = Compression::xbzrle;
  EXPECT_EQ(refusal(cache, old), "accepted");
}

TEST(ParseThrottle, TakesWholePercentages) {
  EXPECT_EQ(parse_throttle("1%").value, 1U);
  EXPECT_EQ(parse_throttle("20 %").value, 20U);
  EXPECT_EQ(parse_throttle("99%").value, 99U);
  for (const char* text : {"", "%", "20", "0%", "100%", "-5%", "+5%", "12.5%", "5%%", "5  %", "5 percent"}) {
    EXPECT_EQ(
        parse_throttle(text).problem,
        "'" + std::string(text) + "' is no whole percentage from 1% to 99%: write for example 20%");
  }
}

TEST(ParseCache, TakesPowersOfTwoFromAPageOn) {
  EXPECT_EQ(parse_cache("64MiB").value, Bytes::mib(64));
  EXPECT_EQ(parse_cache("4096B").value, Bytes{4096});
  const auto problem = [](const char* text) { return parse_cache(text).problem; };
  EXPECT_EQ(problem("51.2MiB"), "not a whole number of bytes: write fewer decimals");
  EXPECT_EQ(problem("50MiB"), "50MiB is no size that QEMU's cache can have: write a power of two, 64MiB");
  EXPECT_EQ(problem("100MB"), "100MB is no size that QEMU's cache can have: write a power of two, 128MiB");
  EXPECT_EQ(problem("2KiB"), "2KiB is no size that QEMU's cache can have: write a power of two, 4KiB");
  EXPECT_EQ(problem("0B"), "0B is no size that QEMU's cache can have: write a power of two, 4KiB");
  EXPECT_NE(problem("64"), "");
}

std::string text_of(const MigrateParameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters.values) {
    text += name + "=";
    text += std::visit(
        [](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::string>) {
            return v;
          } else {
            return std::to_string(v);
          }
        },
        value);
    text += ' ';
  }
  return text;
}

TEST(MigrateParameters, OfEachTechnique) {
  EXPECT_EQ(migrate_parameters(by(Technique::stop_and_copy), "10.0.0.1").flags, 0U);
  MigrationOptions later = by(Technique::stop_and_copy);
  later.switch_rule = SwitchRule{.rounds = 1};
  EXPECT_EQ(migrate_parameters(later, "10.0.0.1").flags, VIR_MIGRATE_LIVE) << "it runs until it is stopped";
  EXPECT_EQ(migrate_parameters(by(Technique::pre_copy), "10.0.0.1").flags, VIR_MIGRATE_LIVE);
  EXPECT_EQ(migrate_parameters(by(Technique::post_copy), "10.0.0.1").flags, VIR_MIGRATE_LIVE | VIR_MIGRATE_POSTCOPY);
  EXPECT_EQ(migrate_parameters(by(Technique::hybrid), "10.0.0.1").flags, VIR_MIGRATE_LIVE | VIR_MIGRATE_POSTCOPY);
  EXPECT_EQ(
      text_of(migrate_parameters(by(Technique::pre_copy), "10.0.0.1")),
      "migrate_uri=tcp://10.0.0.1 listen_address=10.0.0.1 ");
}

TEST(MigrateParameters, OfEachOption) {
  MigrationOptions options;
  options.auto_converge = true;
  options.auto_converge_initial = 30;
  options.auto_converge_increment = 5;
  options.compression = Compression::xbzrle;
  options.compression_cache = Bytes::mib(128);
  options.streams = 4;
  options.bandwidth = Bytes::mib(12);
  options.copy_storage = true;
  const MigrateParameters parameters = migrate_parameters(options, "10.0.0.1");
  EXPECT_EQ(
      parameters.flags,
      VIR_MIGRATE_LIVE | VIR_MIGRATE_AUTO_CONVERGE | VIR_MIGRATE_COMPRESSED | VIR_MIGRATE_PARALLEL |
          VIR_MIGRATE_NON_SHARED_DISK);
  EXPECT_EQ(
      text_of(parameters),
      "migrate_uri=tcp://10.0.0.1 listen_address=10.0.0.1 auto_converge.initial=30 auto_converge.increment=5 "
      "compression=xbzrle compression.xbzrle.cache=134217728 parallel.connections=4 bandwidth=12 ");
  MigrationOptions hybrid = by(Technique::hybrid);
  hybrid.bandwidth = Bytes::mib(12);
  EXPECT_NE(text_of(migrate_parameters(hybrid, "x")).find("bandwidth.postcopy=12 "), std::string::npos);
}

} // namespace
} // namespace migralab
