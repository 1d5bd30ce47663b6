// SPDX-License-Identifier: Apache-2.0
#include "iscsi/session.hpp"

#include "migralab/core/error.hpp"
#include "migralab/storage/secret.hpp"

#include <fmt/format.h>

namespace migralab {

IscsiSession::IscsiSession(const IscsiSource& source, Nanoseconds limit)
    : source_(source), context_(iscsi_create_context("iqn.2026-11.org.migralab:verifier")) {
  if (!context_) {
    throw Error("libiscsi has no memory");
  }
  const std::string portal = fmt::format("{}:{}", source.portal, source.port);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(limit).count();
  iscsi_set_targetname(context_.get(), source.target.c_str());
  iscsi_set_session_type(context_.get(), ISCSI_SESSION_NORMAL);
  iscsi_set_header_digest(context_.get(), ISCSI_HEADER_DIGEST_NONE);
  iscsi_set_noautoreconnect(context_.get(), 1); // a lost target is an error here, not something to wait for
  iscsi_set_timeout(context_.get(), static_cast<int>(seconds));
  if (source.chap &&
      iscsi_set_initiator_username_pwd(
          context_.get(), source.chap->user.c_str(), read_secret(source.chap->secret_file).c_str()) != 0) {
    fail("login");
  }
  if (iscsi_full_connect_sync(context_.get(), portal.c_str(), static_cast<int>(source.lun)) != 0) {
    fail_login();
  }
}

IscsiSession::~IscsiSession() {
  iscsi_logout_sync(context_.get());
}

void IscsiSession::expect_disk() {
  const Task task = good("inquiry", [&] { return iscsi_inquiry_sync(context_.get(), lun(), 0, 0, 64); });
  const auto* inquiry = static_cast<const scsi_inquiry_standard*>(scsi_datain_unmarshall(task.get()));
  if (inquiry == nullptr || inquiry->device_type != SCSI_INQUIRY_PERIPHERAL_DEVICE_TYPE_DIRECT_ACCESS) {
    throw Error(fmt::format("{} is not a disk", name()));
  }
}

std::uint64_t IscsiSession::capacity() {
  const Task task = good("read capacity", [&] { return iscsi_readcapacity16_sync(context_.get(), lun()); });
  const auto* answer = static_cast<const scsi_readcapacity16*>(scsi_datain_unmarshall(task.get()));
  if (answer == nullptr || answer->block_length == 0) {
    throw Error(fmt::format("{} tells no capacity", name()));
  }
  block_ = answer->block_length;
  return (answer->returned_lba + 1) * block_;
}

std::string IscsiSession::read(std::uint64_t offset, std::uint64_t count) {
  const Task task = good("read", [&] {
    return iscsi_read16_sync(
        context_.get(),
        lun(),
        offset / block_,
        static_cast<std::uint32_t>(count),
        static_cast<int>(block_),
        0,
        0,
        0,
        0,
        0);
  });
  if (static_cast<std::uint64_t>(task->datain.size) != count) {
    throw Error(fmt::format("{} gave {} of {} bytes at {}", name(), task->datain.size, count, offset));
  }
  return {reinterpret_cast<const char*>(task->datain.data), count};
}

std::string IscsiSession::name() const {
  return fmt::format("{} LUN {}", source_.target, source_.lun);
}

void IscsiSession::fail(const std::string& what) const {
  throw Error(fmt::format("{} at {}: {} failed: {}", name(), source_.portal, what, iscsi_get_error(context_.get())));
}

void IscsiSession::fail_login() const {
  const std::string why = iscsi_get_error(context_.get());
  // libiscsi says the same also where no target was reached, in several lines.
  if (iscsi_is_logged_in(context_.get()) == 0 && why.find("Status: ") == std::string::npos) {
    throw Error(fmt::format("{}:{} does not answer", source_.portal, source_.port));
  }
  // RFC 3720, 10.13.5: status 0x0201, which libiscsi spells as text and number.
  if (why.find("(513)") == std::string::npos) {
    fail("login");
  }
  if (!source_.chap) {
    throw Error(fmt::format("{} at {}: the login was refused: the target asks for CHAP", name(), source_.portal));
  }
  throw Error(fmt::format(
                  "{} at {}: the login was refused: the secret in {} is not the target's",
                  name(),
                  source_.portal,
                  source_.chap->secret_file.native()))
      .with_hint("the target has the secret that the file held when the lab came up: put that back, or `migralab "
                 "down` and `up`");
}

IscsiSession::Task IscsiSession::good(const std::string& what, const std::function<scsi_task*()>& ask) const {
  constexpr int most_attentions = 64;
  for (int attentions = 0;; ++attentions) {
    Task task(ask());
    if (task && task->status == SCSI_STATUS_GOOD) {
      return task;
    }
    const bool attention =
        task && task->status == SCSI_STATUS_CHECK_CONDITION && task->sense.key == SCSI_SENSE_UNIT_ATTENTION;
    if (!attention || attentions == most_attentions) {
      fail(what);
    }
  }
}

} // namespace migralab
