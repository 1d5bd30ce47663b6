// SPDX-License-Identifier: Apache-2.0
#include "migralab/substrate/processor_time.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/files.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/substrate/nodes.hpp"

#include <array>
#include <charconv>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <sstream>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace migralab {

namespace {

namespace fs = std::filesystem;

constexpr const char* account_v1 = "cpuacct.usage"; // nanoseconds, groups below included
constexpr const char* account_v2 = "cpu.stat";      // its line usage_usec; there without the cpu controller, too
constexpr std::string_view usage = "usage_usec ";

/// An account that stays open: each reading is one pread(2), for which the kernel writes the text anew.
class Account {
public:
  explicit Account(fs::path path) : path_(std::move(path)), file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (!file_) {
      throw system_error(fmt::format("cannot open {}", path_.native()));
    }
  }

  [[nodiscard]] Nanoseconds read() const {
    std::array<char, 512> buffer{};
    const ssize_t size = ::pread(file_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0) {
      throw system_error(fmt::format("cannot read {}", path_.native()));
    }
    std::string_view text(buffer.data(), static_cast<std::size_t>(size));
    const bool stat = path_.filename() == account_v2;
    const std::size_t line = stat ? text.find(usage) : 0;
    std::int64_t number = -1;
    if (line != std::string_view::npos) {
      text.remove_prefix(line + (stat ? usage.size() : 0));
      std::from_chars(text.data(), text.data() + text.size(), number);
    }
    if (number < 0) {
      throw Error(fmt::format("{} does not say how much processor time was used", path_.native()));
    }
    return stat ? Nanoseconds(std::chrono::microseconds(number)) : Nanoseconds(number);
  }

private:
  fs::path path_;
  UniqueFd file_;
};

/// What tells a network namespace from all others that are.
using Namespace = std::pair<dev_t, ino_t>;

std::optional<Namespace> namespace_of(const char* file) {
  struct stat facts {};
  return ::stat(file, &facts) == 0 ? std::optional(Namespace(facts.st_dev, facts.st_ino)) : std::nullopt;
}

/// The processor time of a process, with that of its ended threads, and none of its children's.
std::optional<Nanoseconds> time_of(pid_t process) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &used) != 0) {
    return std::nullopt; // it has just ended
  }
  return std::chrono::seconds(used.tv_sec) + Nanoseconds(used.tv_nsec);
}

class Processes {
public:
  explicit Processes(const std::map<std::string, fs::path>& networks) {
    for (const auto& [host, path] : networks) {
      const auto network = namespace_of(path.c_str());
      if (!network) {
        throw system_error(fmt::format("cannot tell the network of {} by {}", host, path.native()));
      }
      hosts_[*network] = host;
      total_[host] = Nanoseconds(0);
    }
  }

  std::map<std::string, Nanoseconds> read() {
    for (auto& [process, known] : known_) {
      known.seen = false;
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> all(::opendir("/proc"), ::closedir);
    if (!all) {
      throw system_error("cannot list /proc");
    }
    while (const dirent* entry = ::readdir(all.get())) {
      const std::string_view name(entry->d_name);
      pid_t process = 0;
      const auto end = std::from_chars(name.data(), name.data() + name.size(), process);
      if (process > 0 && end.ptr == name.data() + name.size()) {
        look_at(process);
      }
    }
    std::erase_if(known_, [](const auto& entry) { return !entry.second.seen; });
    return total_;
  }

private:
  struct Known {
    Nanoseconds used{};
    bool seen = false;
  };

  void look_at(pid_t process) {
    const auto network = namespace_of(fmt::format("/proc/{}/ns/net", process).c_str());
    const auto host = network ? hosts_.find(*network) : hosts_.end();
    const auto used = host == hosts_.end() ? std::nullopt : time_of(process);
    if (!used) {
      return; // of no host, or just ended: what was seen of it is in the sum
    }
    Known& known = known_[process];
    if (*used < known.used) {
      known.used = Nanoseconds(0); // another process with the number of one that has ended
    }
    total_[host->second] += *used - known.used;
    known = {*used, true};
  }

  std::map<Namespace, std::string> hosts_;
  std::map<pid_t, Known> known_;
  std::map<std::string, Nanoseconds> total_;
};

} // namespace

std::optional<std::map<std::string, fs::path>>
processor_accounts(const ControlGroups& groups, const std::vector<std::string>& hosts) {
  std::optional<fs::path> counting;
  for (const auto& [hierarchy, folder] : groups.folders) {
    if (groups.version == ControlGroupVersion::v2 || ("+" + hierarchy + "+").find("+cpuacct+") != std::string::npos) {
      counting = folder;
    }
  }
  if (!counting) {
    return std::nullopt;
  }
  std::map<std::string, fs::path> accounts;
  for (const std::string& host : hosts) {
    accounts[host] = *counting / host / (groups.version == ControlGroupVersion::v2 ? account_v2 : account_v1);
  }
  return accounts;
}

ProcessorTimeReader read_accounts(const std::map<std::string, fs::path>& accounts) {
  const auto open = std::make_shared<std::map<std::string, Account>>();
  for (const auto& [host, path] : accounts) {
    open->try_emplace(host, path);
  }
  return [open] {
    std::map<std::string, Nanoseconds> times;
    for (const auto& [host, account] : *open) {
      times[host] = account.read();
    }
    return times;
  };
}

ProcessorTimeReader read_processes(const std::map<std::string, fs::path>& networks) {
  const auto processes = std::make_shared<Processes>(networks);
  return [processes] { return processes->read(); };
}

ProcessorTimeReader processor_time_of_hosts(const ControlGroups& groups, const std::vector<std::string>& hosts) {
  if (const auto accounts = processor_accounts(groups, hosts)) {
    return read_accounts(*accounts);
  }
  std::map<std::string, fs::path> networks;
  for (const std::string& host : hosts) {
    networks[host] = namespaces_of(host).net;
  }
  return read_processes(networks);
}

Nanoseconds machine_processor_time() {
  // user nice system idle iowait irq softirq steal; guests are part of user.
  std::istringstream words(read_file("/proc/stat"));
  std::string name;
  std::array<std::uint64_t, 8> ticks{};
  words >> name;
  for (std::uint64_t& count : ticks) {
    words >> count;
  }
  if (!words || name != "cpu") {
    throw Error("/proc/stat does not say how much processor time was used");
  }
  const std::uint64_t busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6];
  return Nanoseconds(std::chrono::seconds(busy)) / ::sysconf(_SC_CLK_TCK);
}

} // namespace migralab
