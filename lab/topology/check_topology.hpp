// SPDX-License-Identifier: Apache-2.0
// What the parts of a topology must be to each other. Each check reports all it finds and stays silent about values
// that are absent because reading them failed.
#pragma once

#include "draft.hpp"

namespace migralab {

/// Spelling of names, one name space for nodes, references to what does not exist. Marks nodes with wrong networks.
void check_names(Draft& draft, Diagnostics& diagnostics);

/// Subnets that overlap; addresses that are outside, reserved or given twice.
void check_networks(const Draft& draft, Diagnostics& diagnostics);

/// Memory, disks, and whether guests reach what they need from the hosts they are on and may move to.
void check_guests(const Draft& draft, Diagnostics& diagnostics);

/// What hosts can be, and whether their guests are such that they can run there.
void check_hosts(const Draft& draft, Diagnostics& diagnostics);

/// What storage servers that are machines can be, and serve.
void check_storage(const Draft& draft, Diagnostics& diagnostics);

/// Where hosts and storage servers that outlive the lab are.
void check_remote(const Draft& draft, Diagnostics& diagnostics);

/// Limits that fit what they are given to; options that fit the kind of storage.
void check_limits(const Draft& draft, Diagnostics& diagnostics);

/// Makes the paths of a file that stands in `folder` absolute.
void resolve_paths(Draft& draft, const std::filesystem::path& folder);

/// Whether the files and folders of the machine that the topology names are there. Looks at the machine.
void check_files(const Draft& draft, Diagnostics& diagnostics);

} // namespace migralab
