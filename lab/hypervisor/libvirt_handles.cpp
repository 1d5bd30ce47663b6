// SPDX-License-Identifier: Apache-2.0
#include "libvirt_handles.hpp"

#include "migralab/core/error.hpp"

#include <fmt/format.h>
#include <mutex>
#include <thread>

namespace migralab {

std::string libvirt_message() {
  const virError* error = virGetLastError();
  return error == nullptr || error->message == nullptr ? "libvirt gave no reason" : error->message;
}

void throw_libvirt_error(const std::string& text) {
  throw Error(text + ": " + libvirt_message());
}

std::map<std::string, double> numbers_of(const virTypedParameter* parameters, int count) {
  std::map<std::string, double> numbers;
  for (int i = 0; i < count; ++i) {
    const virTypedParameter& parameter = parameters[i];
    switch (parameter.type) {
    case VIR_TYPED_PARAM_INT:
      numbers[parameter.field] = parameter.value.i;
      break;
    case VIR_TYPED_PARAM_UINT:
      numbers[parameter.field] = parameter.value.ui;
      break;
    case VIR_TYPED_PARAM_LLONG:
      numbers[parameter.field] = static_cast<double>(parameter.value.l);
      break;
    case VIR_TYPED_PARAM_ULLONG:
      numbers[parameter.field] = static_cast<double>(parameter.value.ul);
      break;
    case VIR_TYPED_PARAM_DOUBLE:
      numbers[parameter.field] = parameter.value.d;
      break;
    case VIR_TYPED_PARAM_BOOLEAN:
      numbers[parameter.field] = parameter.value.b != 0 ? 1 : 0;
      break;
    default: // a string, or a type of a later libvirt
      break;
    }
  }
  return numbers;
}

void start_event_loop() {
  static std::once_flag once;
  std::call_once(once, [] {
    virSetErrorFunc(nullptr, [](void*, virErrorPtr) {}); // errors reach the user through Error, once
    if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0) {
      throw_libvirt_error("libvirt cannot start");
    }
    std::thread([] {
      while (virEventRunDefaultImpl() >= 0) {
      }
    }).detach(); // libvirt has no way to end its loop; the process's end does
  });
}

ConnectionHandle open_connection(const LibvirtHost& host, Nanoseconds limit, const std::function<void()>& still_runs) {
  start_event_loop();
  const bool xen = host.hypervisor == HostSpec::Hypervisor::xen;
  const std::string uri = fmt::format("{}+unix:///system?socket={}", xen ? "xen" : "qemu", host.socket.native());
  ConnectionHandle connection;
  std::string message;
  try {
    wait_until(fmt::format("answer from libvirtd of {}", host.name), limit, std::chrono::milliseconds(10), [&] {
      still_runs();
      if (!std::filesystem::exists(host.socket)) {
        return false;
      }
      connection.reset(virConnectOpen(uri.c_str()));
      if (!connection) {
        message = libvirt_message();
      }
      return connection != nullptr;
    });
  } catch (const Error& error) {
    throw message.empty() ? error : Error(fmt::format("{} ({})", error.what(), message), error.status());
  }
  // Ends every call to a daemon that hangs, after 30 s.
  virConnectSetKeepAlive(connection.get(), 5, 6);
  return connection;
}

DomainHandle find_domain(virConnectPtr connection, const std::string& guest, const std::string& host) {
  DomainHandle domain(virDomainLookupByName(connection, guest.c_str()));
  if (!domain) {
    throw_libvirt_error(fmt::format("guest {} on {}", guest, host));
  }
  return domain;
}

} // namespace migralab
