// SPDX-License-Identifier: Apache-2.0
// Two hosts that outlive a lab, reached by ssh, and a controller on their network: nodes of a lab of ours, each with an
// sshd and a libvirtd. To the labs that the controller brings up on them they are machines like any other.
#pragma once

#include "support/lab_test.hpp"

#include <algorithm>
#include <csignal>

namespace migralab::test {

class Cluster {
public:
  explicit Cluster(Mode mode) : outer_(mode), mode_(mode) {}

  /// Whether it stands; else all that was said.
  [[nodiscard]] ::testing::AssertionResult start() {
    // The controller's network leads nowhere else: what labs boot is here before.
    if (const Finished image = outer_.run({"image", "build", "micro"}, Seconds(300)); image.code != 0) {
      return succeeded(image);
    }
    const Finished up = outer_.run(
        {"up",
         outer_.put(
             "cluster.lab.yaml",
             "lab: cluster\nnetworks: {wire: {subnet: 10.99.0.0/24, mtu: 1600}}\n"
             "hosts:\n  a1: {memory: 1GiB, networks: {wire: 10.99.0.11}}\n"
             "  a2: {memory: 1GiB, networks: {wire: 10.99.0.12}}\n"
             "clients: {ctl: {networks: {wire: 10.99.0.1}}}\n")});
    if (up.code != 0) {
      return succeeded(up);
    }
    const Finished keys = outer_.run_program(
        {"/bin/sh",
         "-c",
         "set -e; cd " + folder() +
             "; for key in host user; do ssh-keygen -q -t ed25519 -N '' -f $key; done; cp user.pub authorized; "
             "for a in 1 2; do echo \"10.99.0.1$a $(cut -d' ' -f1,2 host.pub)\"; done >known; mkdir -p controller"});
    if (keys.code != 0) {
      return succeeded(keys);
    }
    sshd_ = outer_.put("sshd.config",
        "HostKey " + folder() + "/host\nAuthorizedKeysFile " + folder() +
            "/authorized\nStrictModes no\nPidFile /run/sshd.pid\nPermitRootLogin yes\nMaxStartups 100\n");
    config_ = outer_.put("ssh.config", config("root", folder() + "/known"));
    for (const char* host : {"a1", "a2"}) {
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

  [[nodiscard]] Finished start_sshd(const std::string& host) const {
    return on(host, "mkdir -p /run/sshd && /usr/sbin/sshd -f " + sshd_ + " -E " + folder() + "/sshd.log");
  }
  void stop_sshd(const std::string& host) const {
    // The nodes have one process namespace: only those of this one's network.
    static_cast<void>(on(
        host,
        "for p in $(pgrep sshd); do [ \"$(readlink /proc/$p/ns/net)\" = \"$(readlink /proc/self/ns/net)\" ] && kill -9 "
        "$p; done; true"));
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

  [[nodiscard]] std::string put(const std::string& name, const std::string& text) const { return outer_.put(name, text); }

  /// What hosts have that looks like a lab's: interfaces, guests, records. Empty: nothing.
  [[nodiscard]] std::string left() const {
    std::string all;
    for (const char* host : {"a1", "a2"}) {
      const Finished found = on(
          host,
          "ls -d /sys/class/net/ml* /var/lib/migralab/* 2>/dev/null; virsh -q list --all --name | grep . ; true");
      if (!found.output.empty() || found.code != 0) {
        all += std::string(host) + ": " + found.output + found.errors;
      }
    }
    return all;
  }

  /// ssh's configuration, for a user and a file of known host keys.
  [[nodiscard]] std::string config(const std::string& user, const std::string& known) const {
    std::string text;
    for (const char* number : {"1", "2"}) {
      text += std::string("Host a") + number + "\n  HostName 10.99.0.1" + number + "\n";
    }
    return text + "Host *\n  User " + user + "\n  IdentityFile " + folder() + "/user\n  UserKnownHostsFile " + known +
           "\n  GlobalKnownHostsFile /dev/null\n";
  }
  void use_config(const std::string& file) { config_ = file; }

  [[nodiscard]] std::string folder() const { return outer_.folder().native(); }
  [[nodiscard]] std::filesystem::path lab_folder(const std::string& lab) const {
    return outer_.folder() / "controller" / "migralab" / lab;
  }

private:
  [[nodiscard]] Cli::Words on_controller(const Cli::Words& words) const {
    Cli::Words argv{"/usr/bin/nsenter", "--target", controller_, "--net"};
    if (mode_ == Mode::rootless) {
      argv.insert(argv.end(), {"--user", "--preserve-credentials"});
    }
    argv.insert(
        argv.end(),
        {"/usr/bin/env", "XDG_STATE_HOME=" + folder() + "/controller", "MIGRALAB_SSH_CONFIG=" + config_, outer_.program()});
    argv.insert(argv.end(), words.begin(), words.end());
    return argv;
  }

  Cli outer_;
  Mode mode_;
  std::string controller_; // process id of the node
  std::string config_;
  std::string sshd_;
};

} // namespace migralab::test
