// SPDX-License-Identifier: Apache-2.0
#include "migralab/hypervisor/host_storage.hpp"

#include "libvirt_handles.hpp"
#include "migralab/core/error.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <pugixml.hpp>
#include <sstream>

namespace migralab {

namespace {

std::string secret_xml(const std::string& target) {
  pugi::xml_document document;
  pugi::xml_node secret = document.append_child("secret");
  secret.append_attribute("ephemeral") = "yes";
  secret.append_attribute("private") = "yes";
  pugi::xml_node usage = secret.append_child("usage");
  usage.append_attribute("type") = "iscsi";
  usage.append_child("target").text().set(target.c_str());
  std::ostringstream text;
  document.save(text, "  ", pugi::format_default | pugi::format_no_declaration);
  return text.str();
}

/// The element of the guest's disk in its live definition; empty when it has none.
std::string live_disk_xml(virDomainPtr domain) {
  char* xml = virDomainGetXMLDesc(domain, 0);
  if (xml == nullptr) {
    throw_libvirt_error("cannot look at the guest");
  }
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_string(xml);
  std::free(xml); // NOLINT(cppcoreguidelines-no-malloc): allocated by libvirt
  if (!parsed) {
    throw Error(fmt::format("libvirt's description of the guest cannot be read: {}", parsed.description()));
  }
  const std::string path =
      fmt::format("/domain/devices/disk[target/@dev='{}' or target/@dev='{}']", disk_target, xen_disk_target);
  const pugi::xml_node disk = document.select_node(path.c_str()).node();
  std::ostringstream text;
  if (disk) {
    disk.print(text);
  }
  return text.str();
}

class LibvirtHostStorage final : public HostStorage {
public:
  LibvirtHostStorage(std::string host, ConnectionHandle connection)
      : host_(std::move(host)), connection_(std::move(connection)) {}

  void keep_secret(const std::string& target, const std::string& secret) override {
    SecretHandle known(virSecretLookupByUsage(connection_.get(), VIR_SECRET_USAGE_TYPE_ISCSI, target.c_str()));
    if (!known) {
      known.reset(virSecretDefineXML(connection_.get(), secret_xml(target).c_str(), 0));
    }
    if (!known ||
        virSecretSetValue(known.get(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), 0) != 0) {
      throw_libvirt_error(fmt::format("libvirtd of {} does not take the secret of {}", host_, target));
    }
  }

  [[nodiscard]] bool has_disk(const std::string& guest) override {
    return !live_disk_xml(find_domain(connection_.get(), guest, host_).get()).empty();
  }

  void attach(const GuestDefinition& guest) override {
    const DomainHandle domain = find_domain(connection_.get(), guest.name, host_);
    if (virDomainAttachDeviceFlags(domain.get(), disk_xml(guest).c_str(), VIR_DOMAIN_AFFECT_LIVE) != 0) {
      throw_libvirt_error(fmt::format("cannot attach the disk of {}", guest.name));
    }
  }

  void detach(const std::string& guest, Nanoseconds limit) override {
    const DomainHandle domain = find_domain(connection_.get(), guest, host_);
    const std::string disk = live_disk_xml(domain.get());
    if (disk.empty()) {
      return;
    }
    // A guest that did not answer an earlier request is asked again; libvirt calls the first one pending.
    const bool asked = virDomainDetachDeviceFlags(domain.get(), disk.c_str(), VIR_DOMAIN_AFFECT_LIVE) == 0;
    const std::string refusal = asked ? "" : libvirt_message();
    try {
      wait_until("confirmation of the guest", limit, std::chrono::milliseconds(50), [&] {
        return live_disk_xml(domain.get()).empty();
      });
    } catch (const Error& error) {
      throw Error(
          fmt::format(
              "guest {} does not let go of its disk: {}{}{}",
              guest,
              error.what(),
              refusal.empty() ? "" : "; ",
              refusal),
          error.status())
          .with_hint("end what uses the disk in the guest and unmount it there, then try again");
    }
  }

  void resize(const std::string& guest, Bytes size) override {
    const DomainHandle domain = find_domain(connection_.get(), guest, host_);
    if (virDomainBlockResize(domain.get(), disk_target, size.count, VIR_DOMAIN_BLOCK_RESIZE_BYTES) != 0) {
      throw_libvirt_error(fmt::format("cannot resize the disk of {}", guest));
    }
  }

private:
  std::string host_;
  ConnectionHandle connection_;
};

} // namespace

std::unique_ptr<HostStorage> connect_host_storage(const LibvirtHost& host, Nanoseconds limit) {
  return std::make_unique<LibvirtHostStorage>(host.name, open_connection(host, limit, [] {}));
}

} // namespace migralab
