// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"
#include "migralab/lab/remote.hpp"

#include <gtest/gtest.h>

namespace migralab::test {

namespace {

/// The instance that is meant, or what is said.
std::string chosen(const std::string& name, const std::vector<Claimed>& labs) {
  try {
    return choose_claimed("node1", name, labs).instance;
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    return std::string(error.what()) + " (hint: " + error.hint() + ")";
  }
}

const std::vector<Claimed> two_of_one_name{
    {.lab = "class", .instance = "1a2b3c00-0000-4000-8000-000000000000", .created = "Monday"},
    {.lab = "class", .instance = "9f8e7d00-0000-4000-8000-000000000000", .created = "Tuesday"},
    {.lab = "mine", .instance = "55555500-0000-4000-8000-000000000000", .created = "Sunday"}};

TEST(ChooseClaimed, ByNameWhereThereIsOne) {
  EXPECT_EQ(chosen("mine", two_of_one_name), two_of_one_name[2].instance);
}

TEST(ChooseClaimed, ByWhatNamesOfObjectsBeginWithOrTheInstance) {
  EXPECT_EQ(chosen("ml9f8e7d", two_of_one_name), two_of_one_name[1].instance);
  EXPECT_EQ(chosen(two_of_one_name[0].instance, two_of_one_name), two_of_one_name[0].instance);
}

TEST(ChooseClaimed, SaysWhatThereIs) {
  const std::string known = "class (ml1a2b3c, of Monday), class (ml9f8e7d, of Tuesday), mine (ml555555, of Sunday))";
  EXPECT_EQ(
      chosen("class", two_of_one_name),
      "node1 remembers 2 labs class (hint: say ml1a2b3c instead of the name: it remembers " + known);
  EXPECT_EQ(chosen("", two_of_one_name), "node1 remembers labs: say which one (hint: it remembers " + known);
  EXPECT_EQ(chosen("yours", two_of_one_name), "node1 remembers no lab 'yours' (hint: it remembers " + known);
  EXPECT_EQ(chosen("", {}), "node1 remembers no lab (hint: name a host that the lab was on)");
}

} // namespace

} // namespace migralab::test
