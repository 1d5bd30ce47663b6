// SPDX-License-Identifier: Apache-2.0
// Work for each of several hosts, of which most is waiting.
#pragma once

#include <cstddef>
#include <functional>

namespace migralab {

/// work(0) to work(count - 1), several at a time, in threads that have ended when it returns. Throws what was thrown
/// first, after all others have been tried.
void for_each_at_once(std::size_t count, const std::function<void(std::size_t)>& work);

} // namespace migralab
