// SPDX-License-Identifier: Apache-2.0
// Hosts that outlive a lab, reached by ssh, and a controller on their network: nodes of a lab of ours. To the labs that
// the controller brings up on them they are machines like any other.
#pragma once

#include "support/lab_test.hpp"

#include <algorithm>
#include <csignal>
#include <memory>

namespace migralab::test {

class Cluster {
public:
  /// `namespaces`: hosts a1 and a2, each with an sshd of this machine; up in a second. `machines`: the same two and a
  /// storage server `as`, each with a kernel of its own. `xen`: these, with Xen.
  enum class Kind { namespaces, machines, xen };

  Cluster(Mode mode, Kind kind) : outer_(mode), mode_(mode), kind_(kind) {}

  /// Whether it stands; else all that was said.
  [[nodiscard]] ::testing::AssertionResult start() {
    // The controller's network leads nowhere else: what labs boot is here before.
    for (const Finished& done :
         {outer_.run({"image", "build", "micro"}, Seconds(300)),
          outer_.run({"up", outer_.put("cluster.lab.yaml", topology())}, Seconds(1200)),
          outer_.run_program({"/bin/sh", "-c", "set -e; cd " + folder() + "; mkdir -p controller; " + keys()})}) {
      if (done.code != 0) {
        return succeeded(done);
      }
    }
    config_ = outer_.put("ssh.config", config("root", folder() + "/known"));
    sshd_ = outer_.put(
        "sshd.config",
        "HostKey " + folder() +
            "/host\nAuthorizedKeysFile /run/sshd/authorized\nStrictModes no\nPidFile /run/sshd.pid\nPermitRootLogin "
            "yes\nMaxStartups 100\n");
    for (const std::string& host : kind_ == Kind::namespaces ? hosts() : std::vector<std::string>()) {
      if (const Finished sshd = start_sshd(host); sshd.code != 0) {
        return succeeded(sshd);
      }
    }
    const std::vector<pid_t> controller = descendants_with("migralab-node ctl");
    if (controller.size() != 1) {
      return ::testing::AssertionFailure() << "no node ctl";
    }
    controller_ = std::to_string(controller.front());
    return ::testing::AssertionSuccess();
  }

  /// Of namespaces only.
  [[nodiscard]] Finished start_sshd(const std::string& host) const {
    return on(
        host,
        "mkdir -p /run/sshd && install -m 644 " + folder() + "/authorized /run/sshd/ && /usr/sbin/sshd -f " + sshd_ +
            " -E " + folder() + "/sshd.log");
  }
  void stop_sshd(const std::string& host) const {
    // The nodes have one process namespace: only those of this one's network.
    static_cast<void>(on(
        host,
        "for p in $(pgrep sshd); do [ \"$(readlink /proc/$p/ns/net)\" = \"$(readlink /proc/self/ns/net)\" ] && kill -9 "
        "$p; done; true"));
  }

  /// Of machines only: as if its power had failed and come back. Returns at once.
  [[nodiscard]] Finished restart(const std::string& host) const {
    // From within the lab, so that the new process ends with it.
    return on(
        "ctl",
        "set -e; p=$(pgrep -f 'qemu-system-x86_6[4] -name " + host + " '); cp /proc/$p/cmdline " + folder() + "/" +
            host +
            ".argv; exec setsid nsenter --target $p --net --mount sh -c 'kill -9 '$p'; while [ -e /proc/'$p' ]; do "
            "sleep "
            "0.1; done; exec xargs -0 -a " +
            folder() + "/" + host + ".argv env' >/dev/null 2>&1 </dev/null &");
  }

  /// What its own scripts would do at its start. Fails as long as it has not started.
  [[nodiscard]] Finished rejoin(const std::string& host) const {
    return on(
        host,
        "set -e; ip link add wire type bridge; ip link set up.wire master wire up; ip address add " + address(host) +
            "/24 dev wire; ip link set wire up");
  }

  /// A line of sh as root of a host.
  [[nodiscard]] Finished on(const std::string& host, const std::string& line) const {
    return outer_.run({"exec", host, "--", "sh", "-c", line});
  }

  /// The program, on the controller.
  [[nodiscard]] Finished run(const Cli::Words& words, Seconds limit = Seconds(120)) const {
    return outer_.run_program(on_controller(words), limit);
  }
  [[nodiscard]] Child start(const Cli::Words& words) const { return outer_.start_program(on_controller(words)); }

  [[nodiscard]] std::string put(const std::string& name, const std::string& text) const {
    return outer_.put(name, text);
  }

  /// What hosts have that looks like a lab's. Empty: nothing.
  [[nodiscard]] std::string left() const {
    std::string all;
    for (const std::string& host : hosts()) {
      const Finished found =
          on(host,
             "ls -d /sys/class/net/ml* /var/lib/migralab/*-*-* /dev/migralab/ml* /sys/kernel/config/target/iscsi/*.ml* "
             "/sys/kernel/config/target/core/*/ml* /sys/class/iscsi_session/* /sys/block/etherd* 2>/dev/null; "
             "! command -v virsh >/dev/null || virsh -q list --all --name | grep . | grep -vxF Domain-0; true");
      if (!found.output.empty() || found.code != 0) {
        all += host + ": " + found.output + found.errors;
      }
    }
    return all;
  }

  /// ssh's configuration, for a user and a file of known host keys.
  [[nodiscard]] std::string config(const std::string& user, const std::string& known) const {
    std::string text;
    for (const std::string& host : hosts()) {
      text += "Host " + host + "\n  HostName " + address(host) + "\n";
    }
    const std::string key = kind_ == Kind::namespaces ? "/user" : "/state/migralab/cluster/ssh/key";
    return text + "Host *\n  User " + user + "\n  IdentityFile " + folder() + key + "\n  UserKnownHostsFile " + known +
           "\n  GlobalKnownHostsFile /dev/null\n";
  }
  void use_config(const std::string& file) { config_ = file; }

  /// From now on the controller is this one's, who is nobody in particular, with a ~/.ssh of its own. Until
  /// take_back().
  void hand_to(const Cli& user) {
    const std::filesystem::path ssh = user.folder() / "home" / ".ssh";
    std::filesystem::create_directories(ssh);
    for (const char* file : {"user", "known"}) {
      std::filesystem::copy_file(folder() + "/" + file, ssh / file);
    }
    std::string text = config("root", "~/.ssh/known");
    const std::string key = folder() + "/user";
    text.replace(text.find(key), key.size(), "~/.ssh/user");
    static_cast<void>(user.put("home/.ssh/config", text));
    const Finished given = outer_.run_program({"/bin/chown", "-R", test_account().name + ":", ssh.native()});
    EXPECT_TRUE(succeeded(given));
    user_ = &user;
  }
  void take_back() { user_ = nullptr; }

  [[nodiscard]] std::string folder() const { return outer_.folder().native(); }
  [[nodiscard]] std::filesystem::path lab_folder(const std::string& lab) const {
    return user_ == nullptr ? outer_.folder() / "controller" / "migralab" / lab : user_->lab_folder(lab);
  }

private:
  [[nodiscard]] std::vector<std::string> hosts() const {
    return kind_ == Kind::namespaces ? std::vector<std::string>{"a1", "a2"}
                                     : std::vector<std::string>{"a1", "a2", "as"};
  }
  [[nodiscard]] static std::string address(const std::string& host) {
    return "10.99.0.1" + std::string(host == "as" ? "0" : host.substr(1));
  }

  [[nodiscard]] std::string topology() const {
    const std::string host = kind_ == Kind::namespaces ? "memory: 1GiB"
                             : kind_ == Kind::machines ? "substrate: machine, memory: 256MiB"
                                                       : "hypervisor: xen, memory: 320MiB";
    std::string text = "lab: cluster\nnetworks: {wire: {subnet: 10.99.0.0/24, mtu: 1600}}\nhosts:\n";
    for (const char* name : {"a1", "a2"}) {
      text += std::string("  ") + name + ": {" + host + ", networks: {wire: " + address(name) + "}}\n";
    }
    if (kind_ != Kind::namespaces) {
      text += "storage: {as: {type: iscsi, substrate: machine, networks: {wire: " + address("as") + "}}}\n";
    }
    return text + "clients: {ctl: {networks: {wire: 10.99.0.1}}}\n";
  }

  /// A script that makes the user's key and the file of known hosts.
  [[nodiscard]] std::string keys() const {
    std::string text;
    if (kind_ == Kind::namespaces) {
      text = "for key in host user; do ssh-keygen -q -t ed25519 -N '' -f $key; done; cp user.pub authorized; ";
    }
    for (const std::string& host : hosts()) {
      const std::string public_key = kind_ == Kind::namespaces
                                         ? "$(cut -d' ' -f1,2 host.pub)"
                                         : "$(cut -d' ' -f2,3 state/migralab/cluster/ssh/known_hosts." + host + ")";
      text += "echo \"" + address(host) + " " + public_key + "\" >>known; ";
    }
    return text;
  }

  [[nodiscard]] Cli::Words on_controller(const Cli::Words& words) const {
    Cli::Words argv{"/usr/bin/nsenter", "--target", controller_, "--net"};
    if (mode_ == Mode::rootless) {
      argv.insert(argv.end(), {"--user", "--preserve-credentials"});
    }
    if (user_ != nullptr) {
      const Account account = test_account();
      // ssh asks the machine where a user's home is, not the environment.
      const std::string at_home = "export HOME=$(getent passwd " + account.name + " | cut -d: -f6) && mount --bind " +
                                  (user_->folder() / "home").native() + " $HOME && exec \"$@\"";
      argv.insert(
          argv.end(),
          {"/usr/bin/unshare",
           "--mount",
           "/bin/sh",
           "-c",
           at_home,
           "sh",
           "/usr/bin/setpriv",
           "--reuid=" + std::to_string(account.uid),
           "--regid=" + std::to_string(account.gid),
           "--init-groups",
           "/usr/bin/env",
           "USER=" + account.name,
           "XDG_STATE_HOME=" + user_->state_home().native(),
           "XDG_CACHE_HOME=" + user_->cache_home().native(),
           user_->program()});
    } else {
      argv.insert(
          argv.end(),
          {"/usr/bin/env",
           "XDG_STATE_HOME=" + folder() + "/controller",
           "MIGRALAB_SSH_CONFIG=" + config_,
           outer_.program()});
    }
    argv.insert(argv.end(), words.begin(), words.end());
    return argv;
  }

  Cli outer_;
  Mode mode_;
  Kind kind_;
  std::string controller_; // process id of the node
  std::string config_;
  std::string sshd_;
  const Cli* user_ = nullptr;
};

} // namespace migralab::test
