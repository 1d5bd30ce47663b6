// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/hmac.hpp"

#include "migralab/core/error.hpp"

#include <limits>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace migralab {

HmacTag hmac_sha256(std::string_view key, std::string_view text) {
  if (key.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw Error("a key of more than 2 GiB");
  }
  HmacTag tag{};
  unsigned length = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), tag.data(), &length) ==
          nullptr ||
      length != tag.size()) {
    throw Error("OpenSSL offers no HMAC-SHA256");
  }
  return tag;
}

bool same_in_constant_time(const HmacTag& a, const HmacTag& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace migralab
