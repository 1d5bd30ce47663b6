// SPDX-License-Identifier: Apache-2.0
// Disks of storage servers as block devices of a machine whose own kernel opens them: open-iscsi, the kernel's NFS
// client with a loop device, the kernel's AoE initiator. For machines without udev. Commands for over_ssh(), pure.
#pragma once

#include "migralab/hypervisor/guest.hpp"
#include "migralab/process/command.hpp"

#include <filesystem>
#include <string>

namespace migralab {

/// What every machine calls the disk of a guest.
[[nodiscard]] std::filesystem::path attached_disk(const std::string& guest);

/// Makes the disk attached_disk(guest) and prints its size in bytes. A second time changes nothing. A LUN gets a
/// session of its own; the secret of CHAP goes by standard input. Throws Error for a disk that no server has.
[[nodiscard]] Command attach_disk_command(const DiskSource& source, const std::string& guest);

} // namespace migralab
