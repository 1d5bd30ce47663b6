// SPDX-License-Identifier: Apache-2.0
// Authentication of messages with a key that both ends have.
#pragma once

#include <array>
#include <string_view>

namespace migralab {

using HmacTag = std::array<unsigned char, 32>;

/// HMAC-SHA256 (RFC 2104, FIPS 198-1; OpenSSL). A key of any length; below 32 bytes it is weaker than the hash.
[[nodiscard]] HmacTag hmac_sha256(std::string_view key, std::string_view text);

/// Takes as long whether they differ in the first byte or in none, so that the time tells a forger nothing.
[[nodiscard]] bool same_in_constant_time(const HmacTag& a, const HmacTag& b);

} // namespace migralab
