// SPDX-License-Identifier: Apache-2.0
// Machines of a lab die, and who commands them: a clear sentence, and `down` leaves nothing. With a storage server,
// which boots fastest.
#include "support/lab_test.hpp"

#include <csignal>
#include <functional>
#include <thread>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

constexpr auto lab = R"(lab: served
networks: {lan: }
storage: {lio: {type: iscsi, substrate: machine}}
hosts: {h1: {memory: 512MiB}, h2: {memory: 512MiB}}
clients: {client: }
guests:
  web: {memory: 128MiB, host: h1, disk: {storage: lio, size: 32MiB}, services: [http]}
)";

class MachineTrouble : public LabTest {
protected:
  void SetUp() override {
    LabTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    cli_ = std::make_unique<Cli>(GetParam());
    file_ = cli_->put("served.lab.yaml", lab);
    before_ = Machine::now(cli_->state_home());
  }

  [[nodiscard]] static bool wait_for(const std::function<bool()>& so, Seconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!so() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return so();
  }

  /// The QEMU that is the storage server.
  static std::vector<pid_t> machine() { return descendants_with("machines/lio.qcow2"); }

  void expect_nothing_left() const {
    fs::remove(cli_->state_home() / "migralab");
    EXPECT_EQ(what_changed_since(before_, cli_->state_home()), "");
  }

  void expect_that_down_leaves_nothing() const {
    EXPECT_TRUE(succeeded(cli_->run({"down"}, Seconds(20))));
    EXPECT_TRUE(succeeded(cli_->run({"audit"})));
    expect_nothing_left();
  }

  std::unique_ptr<Cli> cli_;
  std::string file_;
  Machine before_;
};

TEST_P(MachineTrouble, AMachineDiesWhileTheLabComesUp) {
  for (const char* step : {"] node lio", "] boot lio"}) {
    SCOPED_TRACE(step);
    Child up = cli_->start({"up", file_});
    ASSERT_TRUE(up.wait_for_text(step, Seconds(240))) << up.errors();
    ASSERT_TRUE(wait_for([] { return !machine().empty(); }, Seconds(30))) << up.errors();
    for (const pid_t process : machine()) {
      ::kill(process, SIGKILL);
    }
    EXPECT_TRUE(refused(up.wait(Seconds(240)), 1, {"up served: ", "the machine of lio has ended: killed by signal 9"}));
    expect_nothing_left();
  }
}

TEST_P(MachineTrouble, UpIsKilledAtAnyStep) {
  const auto kill_when = [&](const std::function<bool(Child&)>& then) {
    {
      Child up = cli_->start({"up", file_});
      ASSERT_TRUE(then(up)) << up.errors();
      up.send(SIGKILL);
      static_cast<void>(up.wait(Seconds(5)));
    }
    expect_that_down_leaves_nothing();
  };
  kill_when([](Child&) { return wait_for([] { return !machine().empty(); }, Seconds(60)); });
  for (const char* step : {"] boot lio", "] target lio", "] disk web", "] guest web"}) {
    SCOPED_TRACE(step);
    kill_when([&](Child& up) { return up.wait_for_text(step, Seconds(240)); });
  }
}

TEST_P(MachineTrouble, DownIsKilledAtAnyTime) {
  for (const int milliseconds : {5, 20, 50, 100}) {
    SCOPED_TRACE(milliseconds);
    {
      Child up = cli_->start({"up", file_});
      ASSERT_TRUE(up.wait_for_text("] boot lio", Seconds(240))) << up.errors();
      up.send(SIGKILL);
      static_cast<void>(up.wait(Seconds(5)));
    }
    Child down = cli_->start({"down", "served"});
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    down.send(SIGKILL);
    static_cast<void>(down.wait(Seconds(5)));
    expect_that_down_leaves_nothing();
  }
}

MIGRALAB_BOTH_MODES(MachineTrouble);

} // namespace

} // namespace migralab::test
