// SPDX-License-Identifier: Apache-2.0
// A guest's web page from the machine itself, through `migralab forward`, also while the guest migrates.
#include "support/lab_test.hpp"

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <csignal>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

namespace migralab::test {

namespace {

/// The whole answer to GET / at a port of this machine; empty: none within ten seconds.
std::string get(std::uint16_t port) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  constexpr timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  constexpr std::string_view request = "GET / HTTP/1.0\r\n\r\n";
  std::string answer;
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 ||
      ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    return answer;
  }
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      return got == 0 ? answer : "";
    }
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

bool is_the_page(const std::string& answer) {
  return answer.find(" 200 ") != std::string::npos && answer.find("<h1>web</h1>") != std::string::npos &&
         answer.ends_with("</html>\n");
}

class Forward : public LabTest {};

TEST_P(Forward, ShowsTheGuestsPageWhereverTheGuestIs) {
  const Cli cli(GetParam());
  ASSERT_TRUE(succeeded(cli.run({"up", cli.quickstart()}, Seconds(180))));
  EXPECT_TRUE(refused(cli.run({"forward", "wep:80", "0"}), 2, {"no guest 'wep'", "did you mean 'web'"}));
  EXPECT_TRUE(refused(
      cli.run({"forward", "web", "0"}), 2, {"'web' does not say which port of the guest", "`migralab forward web:80"}));
  EXPECT_TRUE(refused(cli.run({"forward", "web:0", "0"}), 2, {"'0' is not a port: a number from 1 to 65535"}));
  EXPECT_TRUE(refused(cli.run({"forward", "web:80", "80800"}), 2, {"'80800' is not a port: a number from 0 to 65535"}));
  EXPECT_TRUE(refused(
      cli.run({"forward", "web:80", "0", "--address", "localhost"}), 2, {"'localhost' is not an IPv4 address"}));

  Child forward = cli.start({"forward", "web:80", "0"});
  ASSERT_TRUE(forward.wait_for_output("Ctrl-C", Seconds(20))) << forward.errors();
  const std::string said = forward.output();
  constexpr std::string_view start = "http://127.0.0.1:";
  ASSERT_TRUE(said.starts_with(start)) << said;
  const auto port = static_cast<std::uint16_t>(std::stoi(said.substr(start.size())));
  EXPECT_EQ(said, "http://127.0.0.1:" + std::to_string(port) + "/ is port 80 of web; Ctrl-C ends this\n");
  EXPECT_TRUE(is_the_page(get(port)));
  EXPECT_TRUE(refused(
      cli.run({"forward", "web:80", std::to_string(port)}),
      2,
      {"port " + std::to_string(port) + " of 127.0.0.1 is taken", "0 for any that is free"}));

  std::atomic<bool> moving = true;
  std::atomic<int> pages = 0;
  std::atomic<int> failures = 0;
  std::thread browser([&] {
    while (moving) {
      (is_the_page(get(port)) ? pages : failures)++;
    }
  });
  const Finished moved = cli.run({"migrate", "web", "h2"}, Seconds(120));
  moving = false;
  browser.join();
  EXPECT_TRUE(succeeded(moved));
  EXPECT_GT(pages, 0);
  EXPECT_EQ(failures, 0);
  EXPECT_TRUE(is_the_page(get(port)));
  EXPECT_EQ(cli.inspect("quickstart").at("guests").at(0).at("host"), "h2");

  forward.send(SIGINT);
  const Finished ended = forward.wait(Seconds(10));
  EXPECT_TRUE(succeeded(ended));
  EXPECT_EQ(get(port), "") << "nobody listens any more";

  Child left = cli.start({"forward", "web:80", "0"});
  ASSERT_TRUE(left.wait_for_output("Ctrl-C", Seconds(20))) << left.errors();
  EXPECT_TRUE(succeeded(cli.run({"down"})));
  const Finished over = left.wait(Seconds(10));
  EXPECT_TRUE(succeeded(over));
  EXPECT_NE(over.errors.find("lab quickstart has been taken down\n"), std::string::npos) << over.errors;
  EXPECT_EQ(over.errors.find("killed"), std::string::npos) << over.errors;
}

MIGRALAB_BOTH_MODES(Forward);

} // namespace

} // namespace migralab::test
