// SPDX-License-Identifier: Apache-2.0
// The order in which kernel modules have to be loaded. Pure; private to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace migralab {

/// `dep` and `builtin` are the contents of modules.dep and modules.builtin. Returns the paths, as modules.dep writes
/// them, of the wanted modules and everything they need, each once and after what it needs. "virtio-rng" and
/// "virtio_rng" are the same module; what is built into the kernel is left out. Throws Error on a module that the
/// kernel does not have.
[[nodiscard]] std::vector<std::string>
load_order(std::string_view dep, std::string_view builtin, const std::vector<std::string>& wanted);

} // namespace migralab
