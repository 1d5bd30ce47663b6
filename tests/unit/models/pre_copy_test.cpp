// SPDX-License-Identifier: Apache-2.0
// The pre-copy models. Expected numbers are of the models' papers or of reference.py, which computes them another way.
#include "migralab/core/error.hpp"
#include "migralab/models/model.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace migralab {
namespace {

using namespace std::chrono_literals;

constexpr double million = 1e6;

ModelInputs inputs(Bytes memory, double dirty_mb, double link_mb, StopRule stop = qemu_stop_rule()) {
  ModelInputs result;
  result.memory = memory;
  result.dirty_rate = rate_of_bytes(dirty_mb * million);
  result.link = rate_of_bytes(link_mb * million);
  result.stop = stop;
  return result;
}

double seconds(std::optional<Nanoseconds> span) {
  return span ? std::chrono::duration<double>(*span).count() : -1;
}

struct Expected {
  Ending ending;
  unsigned rounds;
  double sent;
  double total;    // s
  double downtime; // s
};

void expect(const MigrationPrediction& found, const Expected& wanted) {
  EXPECT_EQ(to_string(found.ending), to_string(wanted.ending));
  EXPECT_EQ(found.rounds, wanted.rounds);
  ASSERT_TRUE(found.sent && found.total_time && found.downtime);
  EXPECT_NEAR(static_cast<double>(found.sent->count), wanted.sent, 1e-9 * wanted.sent);
  EXPECT_NEAR(seconds(found.total_time), wanted.total, 1e-9 * wanted.total + 1e-9);
  EXPECT_NEAR(seconds(found.downtime), wanted.downtime, 1e-9 * wanted.downtime + 1e-9);
}

void expect_no_end(const MigrationPrediction& found) {
  EXPECT_EQ(to_string(found.ending), "does not converge");
  EXPECT_FALSE(found.sent || found.total_time || found.downtime);
}

TEST(Geometric, ClosedForm) {
  expect(
      predict(MigrationModel::geometric, inputs(Bytes::gib(1), 40, 125)),
      {Ending::converged, 3, 1562474742.546432, 12.499797940371456, 0.281474976710656});
  expect(
      predict(MigrationModel::geometric, inputs(Bytes::gib(4), 60, 125)),
      {Ending::converged, 7, 8236277667.717768, 65.89022134174215, 0.2017151464460139});
  expect(
      predict(MigrationModel::geometric, inputs(Bytes::gib(8), 500, 1250)),
      {Ending::converged, 4, 14169956102.9632, 11.33596488237056, 0.17592186044416003});
}

TEST(Geometric, UnderXensRule) {
  expect(
      predict(MigrationModel::geometric, inputs(Bytes::gib(1), 40, 125, xen_stop_rule())),
      {Ending::max_rounds, 5, 1577336621.3167548, 12.618692970534038, 0.02882303761517118});
}

TEST(Geometric, NeverConvergesWhenDirtiedAsFastAsSent) {
  expect_no_end(predict(MigrationModel::geometric, inputs(Bytes::gib(1), 125, 125)));
  expect_no_end(predict(MigrationModel::geometric, inputs(Bytes::gib(1), 500, 125)));
  // Xen's rule ends it all the same: 5 rounds and the rest, each of all memory.
  expect(
      predict(MigrationModel::geometric, inputs(Bytes::gib(1), 500, 125, xen_stop_rule())),
      {Ending::max_rounds, 5, 6.0 * (1U << 30U), 6.0 * (1U << 30U) / 125e6, (1U << 30U) / 125e6});
}

TEST(Geometric, SmallMemoryGoesAtOnce) {
  expect(predict(MigrationModel::geometric, inputs({30'000'000}, 40, 125)), {Ending::converged, 0, 30e6, 0.24, 0.24});
}

TEST(Geometric, FixedCostsAndZeroPages) {
  ModelInputs with_costs = inputs(Bytes::gib(1), 40, 125);
  with_costs.setup = 100ms;
  with_costs.resume = 20ms;
  with_costs.finish = 50ms;
  expect(
      predict(MigrationModel::geometric, with_costs),
      {Ending::converged, 3, 1562474742.546432, 12.499797940371456 + 0.17, 0.281474976710656 + 0.02});
  ModelInputs with_zeros = inputs({1'000'000'000}, 0, 125);
  with_zeros.zero_pages = 1'000'000;
  expect(predict(MigrationModel::geometric, with_zeros), {Ending::converged, 1, 1.008e9, 8.064, 0});
}

TEST(Geometric, MoreDirtyingTakesMoreOfEverything) {
  const StopRule four_rounds{{}, {}, 4, {}};
  for (int rate = 1; rate < 200; ++rate) {
    const auto less = predict(MigrationModel::geometric, inputs(Bytes::gib(1), rate - 1, 125, four_rounds));
    const auto more = predict(MigrationModel::geometric, inputs(Bytes::gib(1), rate, 125, four_rounds));
    EXPECT_GE(*more.total_time, *less.total_time);
    EXPECT_GE(*more.downtime, *less.downtime);
    EXPECT_GE(*more.sent, *less.sent);
  }
}

TEST(Geometric, WithinRoundsThePauseTakesTheWholeLimit) {
  // Rounds send what exceeds R L = 37.5 MB, then x = 0.32 of that, and so on: (V - R L) / (1 - x) in all, then R L.
  const auto found =
      predict(MigrationModel::geometric, inputs({1'000'000'000}, 40, 125, qemu_stop_rule_within_rounds()));
  EXPECT_EQ(found.ending, Ending::converged);
  EXPECT_NEAR(seconds(found.downtime), 0.3, 4096 / 125e6);
  EXPECT_NEAR(static_cast<double>(found.sent->count), 962.5e6 / (1 - 0.32) + 37.5e6, 2 * 4096);
  expect(
      predict(MigrationModel::geometric, inputs({1'000'000'000}, 0, 125, qemu_stop_rule_within_rounds())),
      {Ending::converged, 1, 1e9, 8, 0.3});
  expect_no_end(predict(MigrationModel::geometric, inputs({1'000'000'000}, 125, 125, qemu_stop_rule_within_rounds())));
}

TEST(UniformWrites, WithinRoundsConvergeOnceTheFirstSlopeIsBelowTheLink) {
  // However small what is left to send, D of it comes back: what counts is D < R, whatever W.
  ModelInputs busy = inputs(Bytes::gib(1), 100, 125, qemu_stop_rule_within_rounds());
  busy.working_set = Bytes::mib(500);
  const auto found = predict(MigrationModel::uniform_writes, busy);
  EXPECT_EQ(found.ending, Ending::converged);
  EXPECT_NEAR(seconds(found.downtime), 0.3, 4096 / 125e6);
  busy.dirty_rate = rate_of_bytes(130e6);
  expect_no_end(predict(MigrationModel::uniform_writes, busy));
}

TEST(UniformWrites, Saturate) {
  ModelInputs random = inputs(Bytes::gib(1), 80, 125, qemu_stop_rule(550ms));
  random.working_set = Bytes{200'000'000};
  expect(
      predict(MigrationModel::uniform_writes, random),
      {Ending::converged, 3, 1410818335.328186, 11.286546682625488, 0.40935384807896436});
}

TEST(UniformWrites, ConvergeByTheFixedPoint) {
  // x = W (1 - exp(-D x / (R W))): with D = 2 R, x = 0.7968 W.
  ModelInputs busy = inputs(Bytes::gib(1), 250, 125);
  busy.working_set = Bytes{100'000'000};
  const double fixed_point = 0.79681213 * 100e6 / 125e6;
  busy.stop = qemu_stop_rule(Nanoseconds(static_cast<std::int64_t>((fixed_point - 1e-3) * 1e9)));
  expect_no_end(predict(MigrationModel::uniform_writes, busy));
  busy.stop = qemu_stop_rule(Nanoseconds(static_cast<std::int64_t>((fixed_point + 1e-3) * 1e9)));
  const auto found = predict(MigrationModel::uniform_writes, busy);
  EXPECT_EQ(found.ending, Ending::converged);
  EXPECT_NEAR(seconds(found.downtime), fixed_point, 1e-3);
}

TEST(UniformWrites, AWorkingSetWithinTheLimitAlwaysConverges) {
  for (const double rate : {1.0, 125.0, 1e4, 1e6}) {
    ModelInputs small = inputs(Bytes::gib(1), rate, 125);
    small.working_set = Bytes{37'500'000}; // R L
    for (const auto model : {MigrationModel::uniform_writes, MigrationModel::sweep}) {
      EXPECT_EQ(predict(model, small).ending, Ending::converged) << rate << " MB/s";
    }
  }
}

TEST(UniformWrites, AreGeometricWhileTheSetIsLarge) {
  ModelInputs large = inputs(Bytes::gib(1), 0.01, 125, {{}, {}, 2, {}});
  large.working_set = Bytes::gib(1);
  const auto geometric = predict(MigrationModel::geometric, large);
  const auto uniform = predict(MigrationModel::uniform_writes, large);
  EXPECT_NEAR(seconds(uniform.total_time), seconds(geometric.total_time), 1e-6);
}

TEST(Sweep, DirtiesNoMoreThanTheSet) {
  // Round 1: 8.59 s at 40 MB/s would be 344 MB; the set is 100 MB, so 0.8 s; then 32 MB: fits 0.3 s.
  ModelInputs sweep = inputs(Bytes::gib(1), 40, 125);
  sweep.working_set = Bytes{100'000'000};
  expect(
      predict(MigrationModel::sweep, sweep),
      {Ending::converged, 2, (1U << 30U) + 132e6, ((1U << 30U) + 132e6) / 125e6, 0.256});
  sweep.working_set = Bytes{0};
  expect(predict(MigrationModel::sweep, sweep), {Ending::converged, 1, 1U << 30U, (1U << 30U) / 125e6, 0});
}

ModelInputs paged(double dirty_pages, StopRule stop) {
  return inputs(Bytes::gib(1), dirty_pages * 4096 / million, 30'000 * 4096 / million, stop);
}

TEST(Average, PageByPage) {
  expect(
      predict(MigrationModel::average, paged(10'000, xen_stop_rule())),
      {Ending::max_rounds, 5, 1608417280, 13.089333333333334, 0.03596666666666667});
  expect(
      predict(MigrationModel::average, paged(27'000, old_xen_stop_rule())),
      {Ending::sent_enough, 4, 4397092864, 35.783633333333334, 5.733133333333333});
}

TEST(Average, StopsBelowFiftyPages) {
  // A second round of 50 pages would be 49 or fewer: 262144 * x = 50, and 49.
  const auto fifty = predict(MigrationModel::average, paged(30'000 * 50.0 / 262144, xen_stop_rule()));
  EXPECT_EQ(fifty.rounds, 2U);
  const auto fewer = predict(MigrationModel::average, paged(30'000 * 49.0 / 262144, xen_stop_rule()));
  EXPECT_EQ(fewer.rounds, 1U);
}

TEST(History, ReplaysAndRepeats) {
  ModelInputs replay = paged(0, xen_stop_rule());
  replay.history_interval = 2s;
  replay.history = {{20'000 * 4096}, {1'000 * 4096}, {5'000 * 4096}};
  expect(
      predict(MigrationModel::history, replay),
      {Ending::converged, 4, 1269665792, 10.332566666666667, 0.0003333333333333333});
  replay.history_interval = 2500ms;
  replay.history = {{150'000 * 4096}, {10'000 * 4096}};
  expect(
      predict(MigrationModel::history, replay),
      {Ending::max_rounds, 5, 6297313280, 51.24766666666667, 8.738133333333334});
}

TEST(History, OfAConstantRateIsAverage) {
  ModelInputs constant = paged(10'000, xen_stop_rule());
  constant.history_interval = 500ms;
  constant.history = {{5'000 * 4096}, {5'000 * 4096}};
  const auto history = predict(MigrationModel::history, constant);
  const auto average = predict(MigrationModel::average, constant);
  EXPECT_EQ(history.sent, average.sent);
  EXPECT_EQ(history.downtime, average.downtime);
}

TEST(History, OfAnEverBusyGuestDoesNotConverge) {
  ModelInputs busy = paged(0, qemu_stop_rule());
  busy.history_interval = 1s;
  busy.history = {{40'000 * 4096}};
  expect_no_end(predict(MigrationModel::history, busy));
}

ModelInputs curved(double link_mb, Nanoseconds limit) {
  ModelInputs result = inputs({200'000 * 4096}, 0, link_mb, qemu_stop_rule(limit));
  result.zero_pages = 62'144;
  result.dirty_curve = {{500ms, {2'000 * 4096}}, {1s, {2'800 * 4096}}, {4s, {6'000 * 4096}}, {10s, {9'000 * 4096}}};
  return result;
}

TEST(Curve, StraightLinesBetweenThePoints) {
  expect(
      predict(MigrationModel::curve, curved(125, 50ms)),
      {Ending::converged, 3, 6.903655813992131 * 125e6, 6.903655813992131, 0.04212808907029131});
  expect(
      predict(MigrationModel::curve, curved(125, 100ms)),
      {Ending::converged, 2, 6.86152772492184 * 125e6, 6.86152772492184, 0.05196319654398363});
  expect_no_end(predict(MigrationModel::curve, curved(125, 40ms)));
}

TEST(Curve, OutsideThePointsTheNextSlopeGoesOn) {
  expect( // the first round is 33 s long, the last point at 10 s
      predict(MigrationModel::curve, curved(25, 500ms)),
      {Ending::converged, 3, 37.5026445087011 * 25e6, 37.5026445087011, 0.42594640282940416});
  expect( // all rounds are shorter than the first point's 0.5 s
      predict(MigrationModel::curve, curved(2500, 5ms)),
      {Ending::converged, 1, 0.33135165529902283 * 2.5e9, 0.33135165529902283, 0.0028327944990228482});
}

TEST(Models, StayWithinTheBounds) {
  for (const StopRule& stop : {xen_stop_rule(), old_xen_stop_rule()}) {
    for (int dirty = 0; dirty <= 400; dirty += 20) {
      ModelInputs any = inputs(Bytes::gib(1), dirty, 125, stop);
      any.working_set = Bytes::mib(512);
      any.history_interval = 1s;
      any.history = {{static_cast<std::uint64_t>(dirty) * 1'000'000}};
      any.setup = 70ms;
      any.resume = 20ms;
      const MigrationBounds limits = bounds(any);
      for (const auto model :
           {MigrationModel::geometric,
            MigrationModel::sweep,
            MigrationModel::uniform_writes,
            MigrationModel::average,
            MigrationModel::history}) {
        const auto found = predict(model, any);
        ASSERT_TRUE(found.total_time && limits.most_total) << to_string(model);
        EXPECT_GE(*found.total_time, limits.least_total) << to_string(model);
        EXPECT_LE(*found.total_time, *limits.most_total) << to_string(model) << " at " << dirty;
        EXPECT_GE(*found.downtime, limits.least_downtime) << to_string(model);
        EXPECT_LE(*found.downtime, limits.most_downtime) << to_string(model);
      }
    }
  }
}

TEST(Bounds, OfAkoushAndOfXenToday) {
  ModelInputs any = inputs(Bytes::gib(1), 1, 125, old_xen_stop_rule());
  const double memory = 1U << 30U;
  EXPECT_NEAR(seconds(bounds(any).least_total), memory / 125e6, 1e-9);
  EXPECT_NEAR(seconds(bounds(any).most_total), 5 * memory / 125e6, 1e-9);
  EXPECT_NEAR(seconds(bounds(any).most_downtime), memory / 125e6, 1e-9);
  any.stop = xen_stop_rule();
  EXPECT_NEAR(seconds(bounds(any).most_total), 6 * memory / 125e6, 1e-9);
  any.stop = qemu_stop_rule();
  EXPECT_FALSE(bounds(any).most_total);
}

} // namespace
} // namespace migralab
