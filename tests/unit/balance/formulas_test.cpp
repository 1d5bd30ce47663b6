// SPDX-License-Identifier: Apache-2.0
// The published formulas against the published tables, to the printed precision.
#include "migralab/balance/parameters.hpp"
#include "published_tables.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <map>

namespace migralab::balance::test {
namespace {

constexpr double half_a_cent = 0.005 + 1e-9; // what rounding to two decimals leaves

TEST(Smoothing, Tables51And52) {
  const Parameters defaults;
  EXPECT_EQ(defaults.mu, 0.6);
  struct Columns {
    const char* table;
    const char* sampled;
    const char* smoothed;
    double mu;
  };
  for (const Columns& columns :
       {Columns{"tab5_1_ewma", "inst_a", "smoothed_mu_0.8", 0.8},
        Columns{"tab5_1_ewma", "inst_b", "smoothed_mu_0.6", defaults.mu},
        Columns{"tab5_2_ewma", "inst_a", "smoothed_mu_0.4", 0.4},
        Columns{"tab5_2_ewma", "inst_b", "smoothed_mu_0.6", defaults.mu}}) {
    Smoother smoother(columns.mu);
    std::size_t rows = 0;
    for_each_row(columns.table, [&](const CsvReader& row) {
      const double smoothed = smoother.add(all_of(row.number(columns.sampled))).cpu;
      EXPECT_NEAR(smoothed, row.number(columns.smoothed), half_a_cent) << columns.table << " t=" << row.text("t");
      ++rows;
    });
    EXPECT_EQ(rows, 11U);
  }
}

TEST(Smoothing, OnlyTheChosenMuSeesThroughThePeakAndSeesTheOverloadInTime) {
  const auto first_overload = [](const char* table, const char* sampled, double mu) {
    Smoother smoother(mu);
    std::string time;
    for_each_row(table, [&](const CsvReader& row) {
      const bool over = smoother.add(all_of(row.number(sampled) / 100)).cpu > 0.9;
      time = over && time.empty() ? row.text("t") : time;
    });
    return time;
  };
  EXPECT_EQ(first_overload("tab5_1_ewma", "inst_a", 0.8), "8") << "a peak taken for an overload";
  EXPECT_EQ(first_overload("tab5_1_ewma", "inst_b", 0.6), "");
  EXPECT_EQ(first_overload("tab5_2_ewma", "inst_a", 0.4), "10") << "late";
  EXPECT_EQ(first_overload("tab5_2_ewma", "inst_b", 0.6), "8");
}

/// Seconds since midnight.
int seconds(const std::string& time) {
  return 3600 * std::stoi(time.substr(0, 2)) + 60 * std::stoi(time.substr(3, 2)) + std::stoi(time.substr(6, 2));
}

/// From one printed line to the next where no sample in between was left out; returns how many there were.
std::size_t expect_smoothed(const std::vector<Sample>& samples) {
  // A printed value is off by half a unit: 0.005 of the average before, of which 0.4 count, 0.005 of the sample and of
  // the result.
  const double tolerance = 0.01 * (0.005 * (0.4 + 0.6 + 1)) + 1e-12;
  std::size_t steps = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    if (seconds(samples[i].time) - seconds(samples[i - 1].time) > 6) { // a period is 5 s and a bit
      continue;
    }
    Smoother smoother(Parameters().mu, samples[i - 1].smoothed);
    const Load smoothed = smoother.add(samples[i].sampled);
    for (const auto& [ours, printed] :
         {std::pair{smoothed.cpu, samples[i].smoothed.cpu},
          {smoothed.mem, samples[i].smoothed.mem},
          {smoothed.net, samples[i].smoothed.net}}) {
      EXPECT_NEAR(ours, printed, tolerance) << "host " << samples[i].host << " at " << samples[i].time;
    }
    ++steps;
  }
  return steps;
}

TEST(Smoothing, Tables71And73And74) {
  EXPECT_EQ(expect_smoothed(samples_of("tab7_1", "39", true)), 22U);
  EXPECT_EQ(expect_smoothed(samples_of("tab7_1", "59", true)), 16U);
  EXPECT_EQ(expect_smoothed(samples_of("tab7_1", "61", true)), 18U);
  EXPECT_EQ(expect_smoothed(samples_of("tab7_3", "59", true)), 16U);
  EXPECT_EQ(expect_smoothed(samples_of("tab7_4", "39", false)), 3U);
  EXPECT_EQ(expect_smoothed(samples_of("tab7_4", "59", false)), 2U);
  EXPECT_EQ(expect_smoothed(samples_of("tab7_4", "61", false)), 5U);
}

TEST(Cost, Tables53And54) {
  const Parameters defaults;
  const std::map<std::string, double> image_of_cheapest{{"tab5_3_cost", 120}, {"tab5_4_cost", 200}};
  for (const auto& entry : image_of_cheapest) {
    const std::string& table = entry.first;
    double least = std::numeric_limits<double>::infinity();
    double image_of_least = 0;
    for_each_row(table, [&](const CsvReader& row) {
      const double use = volume({row.number("cpu"), row.number("mem"), row.number("net")});
      const double image = row.number("image_mb");
      const double cost = migration_cost(use, image, defaults.alpha, defaults.beta);
      EXPECT_NEAR(use, row.number("volume"), half_a_cent) << table << ", image " << image;
      EXPECT_NEAR(cost, row.number("cost"), half_a_cent) << table << ", image " << image;
      if (cost < least) {
        least = cost;
        image_of_least = image;
      }
    });
    EXPECT_EQ(image_of_least, entry.second) << table;
  }
}

/// What the digits that were cut off the loads, up to 0.01 % each, may make of the volume.
double last_digit_of(const Load& load) {
  return volume(load + all_of(0.0001)) - volume(load);
}

TEST(Cost, Tables72And75To77) {
  const Parameters defaults;
  for (const std::string table :
       {"tab7_2_vms_of_host59", "tab7_5_vms_of_host61", "tab7_6_vms_of_host59", "tab7_7_vms_of_host39"}) {
    const auto guests = guests_of(table, 0);
    EXPECT_GE(guests.size(), 2U);
    for (const PrintedGuest& printed : guests) {
      const double use = volume(printed.guest.load);
      // These volumes, and the loads that they are computed from, were cut off after two decimals, not rounded.
      EXPECT_GE(use + 1e-9, printed.volume - last_digit_of(printed.guest.load));
      EXPECT_LT(use, printed.volume + 0.01) << table << ": " << printed.guest.name;
      const double cost = migration_cost(use, printed.guest.image_mb, defaults.alpha, defaults.beta);
      // The image is printed to 0.01 MB of 50 and more, the loads to 0.01 %: with them half a cent may be a bit more.
      EXPECT_NEAR(cost, printed.cost, half_a_cent + 0.001) << table << ": " << printed.guest.name;
    }
  }
}

TEST(Cost, TheImageIsTheGuestsOwnMemoryInUse) {
  // So the tables' memory is a share of the guest's, not of the host's: 512 MB of centos59_3, 786 MB of the others.
  for (const PrintedGuest& printed : guests_of("tab7_2_vms_of_host59", 0)) {
    const double memory = printed.guest.name == "centos59_3" ? 512 : 786;
    EXPECT_NEAR(printed.guest.load.mem * memory, printed.guest.image_mb, 0.00005 * memory + 0.01);
  }
}

TEST(Cost, AFullGuestCostsTheMost) {
  EXPECT_EQ(volume({0, 0, 0}), 1);
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(volume({1, 0.5, 0}), infinite);
  EXPECT_EQ(volume({1, 1, 1}), infinite);
  EXPECT_EQ(migration_cost(infinite, 64, 0.4, 0.6), infinite);
  EXPECT_DOUBLE_EQ(migration_cost(2 * 3, 2 * 100, 0.4, 0.6), 2 * migration_cost(3, 100, 0.4, 0.6));
}

} // namespace
} // namespace migralab::balance::test
