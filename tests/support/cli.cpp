// SPDX-License-Identifier: Apache-2.0
#include "support/cli.hpp"

#include "support/golden.hpp"

#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace migralab::test {

namespace {

namespace fs = std::filesystem;

Account account_of(Mode mode) {
  return mode == Mode::root ? Account{"root", 0, 0} : test_account();
}

bool succeeds(Mode mode, const std::vector<std::string>& argv) {
  const Launch launch{.argv = argv, .environment = {}, .input = {}, .account = account_of(mode), .mount_namespace = {}};
  return run(launch, Seconds(20)).code == 0;
}

/// A clone may lie where other users cannot look. Then the program is installed where they can, once per test program.
const fs::path& installed_copy() {
  static const ScratchFolder folder;
  static const fs::path program = [] {
    fs::permissions(folder.path(), fs::perms(0755));
    const Finished done =
        run({.argv = {MIGRALAB_CMAKE, "--install", MIGRALAB_BUILD_DIR, "--prefix", folder.path()},
             .environment = {},
             .input = {},
             .account = {},
             .mount_namespace = {}},
            Seconds(60));
    EXPECT_EQ(done.code, 0) << ::testing::PrintToString(done);
    return folder.path() / "bin/migralab";
  }();
  return program;
}

const fs::path& program_for(Mode mode) {
  static const fs::path built = MIGRALAB_PROGRAM;
  if (mode == Mode::root) {
    return built;
  }
  static const bool reachable =
      std::getenv("MIGRALAB_TEST_INSTALLED") == nullptr && succeeds(Mode::rootless, {"/usr/bin/test", "-x", built}) &&
      succeeds(Mode::rootless, {"/usr/bin/test", "-r", MIGRALAB_BUILD_DIR "/guest/responder"}) &&
      succeeds(Mode::rootless, {"/usr/bin/test", "-r", source_path("topologies/images/micro.image.yaml")});
  return reachable ? built : installed_copy();
}

/// In /var/tmp, which the user can reach wherever the build is.
fs::path shared_cache(const Account& account) {
  fs::path folder = "/var/tmp/migralab-test-cache-" + std::to_string(account.uid);
  ::mkdir(folder.c_str(), 0700);
  struct stat status = {};
  if (::geteuid() == 0) {
    static_cast<void>(::lchown(folder.c_str(), account.uid, account.gid) == 0);
  }
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != account.uid) {
    throw std::runtime_error(folder.native() + " is not a folder of " + account.name);
  }
  return folder;
}

std::string subordinate_range_missing(const Account& account) {
  for (const char* file : {"/etc/subuid", "/etc/subgid"}) {
    if (("\n" + read_text(file)).find("\n" + account.name + ":") == std::string::npos) {
      return "no range for " + account.name + " in " + file;
    }
  }
  return {};
}

} // namespace

void PrintTo(Mode mode, std::ostream* stream) {
  *stream << (mode == Mode::root ? "root" : "rootless");
}

Account test_account() {
  const char* named = std::getenv("MIGRALAB_TEST_USER");
  if (::geteuid() != 0) {
    return {::getlogin() == nullptr ? std::to_string(::geteuid()) : ::getlogin(), ::geteuid(), ::getegid()};
  }
  return find_account(named == nullptr ? "migralab-test" : named).value_or(Account{});
}

std::string lacking(Mode mode) {
  for (const char* program : {"libvirtd", "qemu-system-x86_64", "tgtd", "tgtadm", "ip", "tc", "mke2fs", "cpio"}) {
    if (program_path(program).empty()) {
      return std::string("program ") + program + " is not installed";
    }
  }
  if (mode == Mode::root) {
    return ::geteuid() == 0 ? "" : "labs of root need root";
  }
  const Account account = test_account();
  if (account.uid == 0) {
    return "there is no ordinary user (MIGRALAB_TEST_USER) to run labs without root";
  }
  if (read_text("/proc/sys/user/max_user_namespaces") == "0\n") {
    return "the kernel allows no user namespaces";
  }
  if (!succeeds(mode, {"/usr/bin/test", "-w", "/dev/net/tun"})) {
    return account.name + " may not open /dev/net/tun";
  }
  return ::geteuid() == 0 ? subordinate_range_missing(account) : "";
}

Cli::Cli(Mode mode) : mode_(mode) {
  adopt_orphans();
  const Account account = account_of(mode);
  for (const fs::path& made : {folder(), state_home(), folder() / "home"}) {
    fs::create_directories(made);
    fs::permissions(made, fs::perms(0755));
    if (::geteuid() == 0 && ::chown(made.c_str(), account.uid, account.gid) != 0) {
      throw std::runtime_error("cannot give away " + made.native());
    }
  }
  environment_ = {
      {"HOME", folder() / "home"},
      {"USER", account.name},
      {"LOGNAME", account.name},
      {"XDG_STATE_HOME", state_home()},
      {"XDG_CACHE_HOME", shared_cache(account)},
      {"XDG_RUNTIME_DIR", ""},
      {"LC_ALL", "C.UTF-8"}};
}

Cli::~Cli() {
  view_ = nullptr;
  std::error_code none;
  if (fs::is_empty(state_home() / "migralab", none) || none) {
    return;
  }
  const Finished down = run({"down", "--all"});
  if (down.code != 0) {
    ADD_FAILURE() << "the lab of a test could not be taken down: " << ::testing::PrintToString(down);
    for (const pid_t keeper : descendants_with("migralab-keeper")) {
      ::kill(keeper, SIGKILL);
    }
  }
}

Launch Cli::launch(const Words& argv) const {
  return {
      .argv = argv,
      .environment = environment_,
      .input = {},
      .folder = folder(),
      .account = account_of(mode_),
      .mount_namespace = view_ == nullptr ? fs::path() : view_->mount_namespace()};
}

Finished Cli::run(const Words& words, Seconds limit, const std::string& input) const {
  Words argv{program_for(mode_)};
  argv.insert(argv.end(), words.begin(), words.end());
  Launch one = launch(argv);
  one.input = input;
  return test::run(one, limit);
}

Child Cli::start(const Words& words) const {
  Words argv{program_for(mode_)};
  argv.insert(argv.end(), words.begin(), words.end());
  return Child(launch(argv));
}

Child Cli::start_program(const Words& argv) const {
  return Child(launch(argv));
}

std::string Cli::program() const {
  return program_for(mode_);
}

Finished Cli::run_program(const Words& argv, Seconds limit) const {
  return test::run(launch(argv), limit);
}

std::string Cli::put(const std::string& name, const std::string& content) const {
  scratch_.put(name, content);
  fs::permissions(folder() / name, fs::perms(0644));
  return folder() / name;
}

std::string Cli::quickstart(const std::string& lab) const {
  std::string text = read_text(source_path("topologies/quickstart.lab.yaml"));
  if (!lab.empty()) {
    text.replace(text.find("lab: quickstart"), std::string("lab: quickstart").size(), "lab: " + lab);
  }
  return put((lab.empty() ? "quickstart" : lab) + ".lab.yaml", text);
}

std::string Cli::small(const std::string& lab) const {
  return put(
      lab + ".lab.yaml", "lab: " + lab + "\nnetworks: {lan: }\nstorage: {store: }\nhosts: {h1: {memory: 1GiB}}\n");
}

fs::path Cli::cache_home() const {
  return environment_.at("XDG_CACHE_HOME");
}

bool Cli::answers(const std::string& lab) const {
  const std::string ask = "exec 3<>/dev/tcp/10.10.0.14/80 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3";
  const Finished asked = run({"exec", "--lab", lab, "client", "--", "timeout", "10", "bash", "-c", ask});
  return asked.code == 0 && asked.output.find(" 200 ") != std::string::npos;
}

pid_t Cli::keeper(const std::string& lab) const {
  return nlohmann::json::parse(read_text(lab_folder(lab) / "lab.json")).at("keeper").at("pid");
}

nlohmann::json Cli::inspect(const std::string& lab) const {
  const Finished shown = run({"inspect", "--json", lab});
  EXPECT_EQ(shown.code, 0) << ::testing::PrintToString(shown);
  return nlohmann::json::parse(shown.output, nullptr, false);
}

} // namespace migralab::test
