// SPDX-License-Identifier: Apache-2.0
#include "migralab/storage/secret.hpp"

#include "iscsi/tgt_socket.hpp"
#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "support/scratch_folder.hpp"

#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace migralab {
namespace {

std::string refusal(const std::filesystem::path& file) {
  try {
    static_cast<void>(read_secret(file));
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), ExitStatus::bad_input);
    EXPECT_FALSE(error.hint().empty());
    return error.what();
  }
  return {};
}

TEST(Secret, IsTheOnlyLineOfItsFile) {
  const test::ScratchFolder scratch;
  scratch.put("good", "0123456789ab\n");
  EXPECT_EQ(read_secret(scratch.path() / "good"), "0123456789ab");
}

TEST(Secret, ThatIsNoneIsRefusedWithoutBeingShown) {
  const test::ScratchFolder scratch;
  scratch.put("short", "hushhushhus\n");
  scratch.put("lines", "hushhushhush\nhushhushhush\n");
  const std::string folder = scratch.path().native();
  EXPECT_EQ(refusal(folder + "/short"), "the file " + folder + "/short holds no CHAP secret: it has 11 characters");
  EXPECT_EQ(
      refusal(folder + "/lines"),
      "the file " + folder +
          "/lines holds no CHAP secret: it has blanks, several lines or characters that are not ASCII");
  EXPECT_EQ(
      refusal(folder + "/none"),
      "the CHAP secret cannot be read: cannot read " + folder + "/none: No such file or directory");
}

TEST(Secret, IsMadeAnewForItsOwnerOnly) {
  const test::ScratchFolder scratch;
  const std::filesystem::path one = scratch.path() / "secrets" / "one";
  make_secret(one);
  make_secret(scratch.path() / "secrets" / "two");
  EXPECT_EQ(read_secret(one).size(), 16U);
  EXPECT_NE(read_secret(one), read_secret(scratch.path() / "secrets" / "two"));
  EXPECT_EQ(std::filesystem::status(one).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(secret_warning(one), "");
  std::filesystem::permissions(one, std::filesystem::perms(0644));
  EXPECT_EQ(
      secret_warning(one),
      "warning: others may read the CHAP secret in " + one.native() + "; `chmod 600 " + one.native() + "` keeps it");
}

/// Takes one request as tgtd does, and answers.
class OneRequest {
public:
  OneRequest(const std::filesystem::path& path, std::uint32_t error)
      : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
    thread_ = std::thread([this, error] {
      const UniqueFd peer(::accept(listener_.get(), nullptr, nullptr));
      std::array<char, 4096> buffer{};
      const ssize_t got = ::recv(peer.get(), buffer.data(), buffer.size(), 0);
      request_.assign(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
      const std::array<std::uint32_t, 2> reply{error, 8};
      EXPECT_EQ(::send(peer.get(), reply.data(), sizeof reply, MSG_NOSIGNAL), 8);
    });
  }
  ~OneRequest() {
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  OneRequest(const OneRequest&) = delete;
  OneRequest& operator=(const OneRequest&) = delete;

  const std::string& request() {
    thread_.join();
    return request_;
  }

private:
  UniqueFd listener_;
  std::thread thread_;
  std::string request_;
};

TEST(TgtAccount, IsAskedForAsTgtadmAsks) {
  const test::ScratchFolder scratch;
  OneRequest tgtd(scratch.path() / "socket", 0);
  add_tgt_account(scratch.path() / "socket", "bob", "secretsecret1", std::chrono::seconds(5));
  // What tgtadm 1.0.85 sends for --mode account --op new --user bob --password secretsecret1, byte for byte.
  std::string expected("\x07\0\0\0\0\0\0\0iscsi", 13);
  expected.resize(72, '\0');
  expected += std::string("\x98\0\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 24);
  expected.resize(120, '\0');
  expected += std::string("user=bob,password=secretsecret1\0", 32);
  EXPECT_EQ(tgtd.request(), expected);
}

TEST(TgtAccount, ThatIsRefusedDoesNotShowItsSecret) {
  const test::ScratchFolder scratch;
  const OneRequest tgtd(scratch.path() / "socket", 14);
  try {
    add_tgt_account(scratch.path() / "socket", "bob", "secretsecret1", std::chrono::seconds(5));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "tgtd did not take the account of bob: it has that account already (14)");
  }
}

} // namespace
} // namespace migralab
