// SPDX-License-Identifier: Apache-2.0
// libvirt's objects as owners, and its errors as ours. libvirt's header is included in this folder only.
#pragma once

#include "migralab/core/handle.hpp"
#include "migralab/hypervisor/hypervisor.hpp"

#include <cstdlib>
#include <functional>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <map>
#include <string>

namespace migralab {

using ConnectionHandle = UniqueHandle<virConnect, virConnectClose>;
using DomainHandle = UniqueHandle<virDomain, virDomainFree>;
using StreamHandle = UniqueHandle<virStream, virStreamFree>;

using SecretHandle = UniqueHandle<virSecret, virSecretFree>;
using TextHandle = UniqueHandle<char, std::free>;

/// Opens the host's socket, see connect_libvirt().
[[nodiscard]] ConnectionHandle
open_connection(const LibvirtHost& host, Nanoseconds limit, const std::function<void()>& still_runs);

/// Throws Error "TEXT: libvirt's last message".
[[noreturn]] void throw_libvirt_error(const std::string& text);

/// libvirt's last message on this thread.
[[nodiscard]] std::string libvirt_message();

/// Every number of a list of typed parameters; texts are left out.
[[nodiscard]] std::map<std::string, double> numbers_of(const virTypedParameter* parameters, int count);

/// Starts libvirt's event loop in a thread of its own, once, before the first connection; silences its own printing.
void start_event_loop();

/// A running guest of this connection; `host` is for the message. Throws Error when there is none.
[[nodiscard]] DomainHandle find_domain(virConnectPtr connection, const std::string& guest, const std::string& host);

} // namespace migralab
