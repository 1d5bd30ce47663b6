// SPDX-License-Identifier: Apache-2.0
// The keys of the topology format, one mapping per struct. Everything that depends on the rest of the file (defaults,
// references) is elsewhere.
#pragma once

#include "draft.hpp"
#include "mapping.hpp"

namespace migralab {

[[nodiscard]] const Mapping<NetworkDraft>& network_mapping();
[[nodiscard]] const Mapping<StorageDraft>& storage_mapping();
[[nodiscard]] const Mapping<HostDraft>& host_mapping();
[[nodiscard]] const Mapping<ClientDraft>& client_mapping();
[[nodiscard]] const Mapping<GuestDraft>& guest_mapping();
[[nodiscard]] const Mapping<SimulatedSpec>& simulated_mapping();

/// What networks, storage servers, hosts, clients, guests and labs can be called (ECMA-262, for the schema).
inline constexpr const char* name_pattern = "^[a-z][a-z0-9-]{0,30}$";

inline const std::vector<Word<Accelerator>> accelerators{
    {"auto", Accelerator::automatic},
    {"kvm", Accelerator::kvm},
    {"tcg", Accelerator::tcg}};

inline const std::vector<Word<bool>> lab_substrates{{"real", false}, {"simulated", true}};

} // namespace migralab
