// SPDX-License-Identifier: Apache-2.0
#include "migralab/core/error.hpp"

#include <cerrno>
#include <system_error>

namespace migralab {

Error system_error(const std::string& text) {
  return Error(text + ": " + std::generic_category().message(errno));
}

} // namespace migralab
