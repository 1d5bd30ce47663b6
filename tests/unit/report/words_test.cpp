// SPDX-License-Identifier: Apache-2.0
#include "words.hpp"

#include <gtest/gtest.h>

namespace migralab::test {
namespace {

TEST(MetricName, IsTakenApart) {
  const MetricName name = metric_name("web:http.rate.before");
  EXPECT_EQ(name.guest, "web");
  EXPECT_EQ(name.base, "http.rate.before");
  EXPECT_EQ(name.stem, "http.rate");
  EXPECT_EQ(name.phase, "before");
  EXPECT_EQ(name.group, MetricGroup::phases);
  EXPECT_EQ(metric_name("total_time").group, MetricGroup::migration);
  EXPECT_EQ(metric_name("downtime.push").group, MetricGroup::downtime);
  EXPECT_EQ(metric_name("network.lan.during").group, MetricGroup::network);
  EXPECT_EQ(metric_name("model.geometric.total_time").group, MetricGroup::model);
  EXPECT_EQ(metric_name("setup_time").group, MetricGroup::other);
}

TEST(InWords, SaysWhatPeopleSay) {
  EXPECT_EQ(in_words("total_time"), "total migration time");
  EXPECT_EQ(in_words("a:downtime.http"), "a: downtime, client HTTP");
  EXPECT_EQ(in_words("disk.throughput.during"), "disk.throughput, during");
  EXPECT_EQ(in_words("disk.throughput.corrected.during"), "disk.throughput, by our clock, during");
}

TEST(InWords, OfABalancerNameHostsAndGuests) {
  EXPECT_EQ(in_words("balance.moves"), "moves");
  EXPECT_EQ(in_words("balance.over.h59"), "over the limit, h59");
  EXPECT_EQ(in_words("balance.highest_cpu.during"), "highest average cpu, during") << "a host's name";
  EXPECT_EQ(in_words("balance.to.h61.centos59-3"), "moves of centos59-3 to h61");
  EXPECT_EQ(in_words("balance.to.h61"), "balance.to.h61");
  EXPECT_EQ(in_words("balance.new"), "balance.new");
}

TEST(Figures, AreThree) {
  EXPECT_EQ(figures(1.3949), "1.39");
  EXPECT_EQ(figures(9.996), "10.0");
  EXPECT_EQ(figures(99.96), "100");
  EXPECT_EQ(figures(0.08104), "0.0810");
  EXPECT_EQ(figures(1234.5), "1234") << "halves to even, as printf does";
  EXPECT_EQ(figures(12), "12") << "a count is whole";
  EXPECT_EQ(figures(0), "0");
  EXPECT_EQ(figures(-0.00000000001), "-1e-11");
  EXPECT_EQ(figures_like(2, 1.39), "2.00") << "beside 1.39";
}

TEST(WithUnit, ChoosesWhatPeopleRead) {
  EXPECT_EQ(with_unit(1.31, "s"), "1.31 s");
  EXPECT_EQ(with_unit(0.081, "s"), "81.0 ms");
  EXPECT_EQ(with_unit(81, "ms"), "81.0 ms");
  EXPECT_EQ(with_unit(2100, "ms"), "2.10 s");
  EXPECT_EQ(with_unit(100 * 1048576.0, "B"), "100 MiB");
  EXPECT_EQ(with_unit(3, ""), "3");
}

TEST(UnitFactor, KnowsWhatFitsWhat) {
  EXPECT_DOUBLE_EQ(unit_factor("s", "ms"), 1000);
  EXPECT_DOUBLE_EQ(unit_factor("MiB/s", "MB/s"), 1.048576);
  EXPECT_DOUBLE_EQ(unit_factor("events/s", "events/s"), 1);
  EXPECT_EQ(unit_factor("s", "MB"), 0);
}

TEST(PValue, IsNeverNought) {
  EXPECT_EQ(p_value(0.00001), "<0.001");
  EXPECT_EQ(p_value(0.0495), "0.050");
}

TEST(InRanges, IsShort) {
  EXPECT_EQ(in_ranges({}), "");
  EXPECT_EQ(in_ranges({3}), "3");
  EXPECT_EQ(in_ranges({1, 2, 4, 6, 7, 8}), "1 to 2, 4, 6 to 8");
}

} // namespace
} // namespace migralab::test
