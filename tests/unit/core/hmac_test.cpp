// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/hmac.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>

namespace migralab {
namespace {

std::string hex(const HmacTag& tag) {
  std::string text;
  for (const unsigned char byte : tag) {
    text += fmt::format("{:02x}", byte);
  }
  return text;
}

// RFC 4231, test cases 1, 2, 3 and 6.
TEST(Hmac, TestVectorsOfRfc4231) {
  EXPECT_EQ(
      hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(
      hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      hex(hmac_sha256(std::string(20, '\xaa'), std::string(50, '\xdd'))),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(
      hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, EveryByteOfATagCounts) {
  const HmacTag tag = hmac_sha256("key", "text");
  EXPECT_TRUE(same_in_constant_time(tag, hmac_sha256("key", "text")));
  for (std::size_t i = 0; i < tag.size(); ++i) {
    HmacTag other = tag;
    other[i] ^= 1U;
    EXPECT_FALSE(same_in_constant_time(tag, other)) << i;
  }
}

} // namespace
} // namespace migralab
