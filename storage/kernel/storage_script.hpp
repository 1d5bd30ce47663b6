// SPDX-License-Identifier: Apache-2.0
// topologies/images/host/migralab-storage as a text: what a storage server is told that has it in no image.
#pragma once

namespace migralab {

extern const char* const storage_script;

} // namespace migralab
