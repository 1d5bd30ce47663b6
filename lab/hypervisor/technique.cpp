// SPDX-License-Identifier: Apache-2.0
#include "migralab/hypervisor/technique.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/handle.hpp"
#include "migralab/hypervisor/migration.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <libvirt/libvirt.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace migralab {

namespace {

constexpr unsigned long multifd_compression_since = 9'004'000; // libvirt 9.4.0
constexpr unsigned long throttle_since = 2'000'000;            // VIR_MIGRATE_PARAM_AUTO_CONVERGE_INCREMENT
constexpr unsigned long cache_since = 1'003'004;               // VIR_MIGRATE_PARAM_COMPRESSION_XBZRLE_CACHE
constexpr const char* later_stop = "stop-and-copy after rounds";
constexpr const char* throttle_steps = "auto-converge steps";
constexpr const char* cache_size = "xbzrle cache size";
constexpr unsigned long dirty_rate_since = 7'002'000; // virDomainStartDirtyRateCalc

/// QEMU's post-copy makes a descriptor that also faults of the kernel (KVM, vhost) end up at, which the kernel grants
/// to who has CAP_SYS_PTRACE, or with vm.unprivileged_userfaultfd=1 (userfaultfd(2)). It takes the same way.
std::string userfault_problem() {
  const UniqueFd descriptor(static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK)));
  if (!descriptor) {
    return fmt::format("userfaultfd: {}", std::strerror(errno));
  }
  uffdio_api wanted{};
  wanted.api = UFFD_API;
  return ::ioctl(descriptor.get(), UFFDIO_API, &wanted) == 0 ? ""
                                                             : fmt::format("userfaultfd: {}", std::strerror(errno));
}

Feature post_copy(const std::string& name, const FeatureFacts& facts) {
  return {
      name,
      facts.userfault_problem.empty(),
      facts.userfault_problem,
      facts.userfault_problem.empty() ? "" : "run as root, or: sysctl vm.unprivileged_userfaultfd=1"};
}

std::string version_text(unsigned long version) {
  return fmt::format("{}.{}.{}", version / 1'000'000, version / 1000 % 1000, version % 1000);
}

Feature since(const std::string& name, unsigned long first, const FeatureFacts& facts) {
  if (facts.libvirt_version >= first) {
    return {name, true};
  }
  return {
      name,
      false,
      fmt::format("libvirt can from {} on, this is {}", version_text(first), version_text(facts.libvirt_version))};
}

[[noreturn]] void contradiction(const std::string& what, const std::string& hint) {
  throw Error(what, ExitStatus::bad_input).with_hint(hint);
}

std::vector<std::string> needed_by(const MigrationOptions& options) {
  std::vector<std::string> names{to_string(options.technique)};
  if (options.technique == Technique::stop_and_copy && options.switch_rule) {
    names.emplace_back(later_stop);
  }
  if (options.auto_converge) {
    names.emplace_back("auto-converge");
  }
  if (options.auto_converge_initial || options.auto_converge_increment) {
    names.emplace_back(throttle_steps);
  }
  if (options.compression) {
    names.push_back("compression " + to_string(*options.compression));
  }
  if (options.compression_cache) {
    names.emplace_back(cache_size);
  }
  if (options.streams) {
    names.emplace_back("parallel streams");
  }
  if (options.bandwidth) {
    names.emplace_back("bandwidth limit");
  }
  if (options.max_downtime) {
    names.emplace_back("maximum downtime");
  }
  return names;
}

} // namespace

SwitchWatch::SwitchWatch(SwitchRule rule) : rule_(rule) {
  if (!rule_.rounds && !rule_.after && !rule_.stall) {
    rule_.rounds = 1;
  }
}

bool SwitchWatch::due(Nanoseconds elapsed, unsigned round, double remaining) {
  if (round > round_) { // a new one has begun
    const bool no_less = at_begin_ && remaining >= *at_begin_;
    due_ = due_ || (rule_.stall && round > 2 && no_less);
    due_ = due_ || (rule_.rounds && round > *rule_.rounds);
    at_begin_ = remaining;
    round_ = round;
  }
  due_ = due_ || (rule_.after && elapsed >= *rule_.after);
  return due_;
}

FeatureFacts feature_facts() {
  unsigned long version = 0;
  virGetVersion(&version, nullptr, nullptr);
  return {.libvirt_version = version, .userfault_problem = userfault_problem()};
}

std::vector<Feature> migration_features(const FeatureFacts& facts) {
  return {
      {to_string(Technique::pre_copy), true},
      {to_string(Technique::stop_and_copy), true},
      {later_stop, true},
      post_copy(to_string(Technique::post_copy), facts),
      post_copy(to_string(Technique::hybrid), facts),
      {"auto-converge", true},
      since(throttle_steps, throttle_since, facts),
      {"compression xbzrle", true},
      since(cache_size, cache_since, facts),
      since("compression zlib", multifd_compression_since, facts),
      since("compression zstd", multifd_compression_since, facts),
      {"parallel streams", true},
      {"bandwidth limit", true},
      {"maximum downtime", true},
      {"several guests at once", true},
      {"job statistics", true},
      since("dirty rate", dirty_rate_since, facts),
      {"tunnelled",
       false,
       "the stream goes straight from QEMU to QEMU: a tunnel through libvirtd would be measured",
       ""}};
}

void expect_consistent(const MigrationOptions& options) {
  const bool may_switch = options.technique == Technique::hybrid || options.technique == Technique::stop_and_copy;
  if (options.switch_rule && !may_switch) {
    contradiction(
        fmt::format("{} takes no switch", to_string(options.technique)),
        "leave the switch out, or migrate by technique hybrid, which goes over to post-copy, or stop-and-copy, which "
        "stops the guest");
  }
  if ((options.auto_converge_initial || options.auto_converge_increment) && !options.auto_converge) {
    contradiction("steps are given for auto-converge, which is not asked for", "ask for it, or leave its steps out");
  }
  if (options.compression_cache && options.compression != Compression::xbzrle) {
    contradiction(
        "compression xbzrle alone has a cache, and it is not asked for", "ask for it, or leave the cache's size out");
  }
  const bool multifd = options.compression == Compression::zlib || options.compression == Compression::zstd;
  if (multifd && !options.streams) {
    contradiction(
        fmt::format(
            "compression {} works in parallel streams, and none are asked for", to_string(*options.compression)),
        "ask for streams, too: 2 to begin with");
  }
  if (options.technique == Technique::stop_and_copy && options.auto_converge && !options.switch_rule) {
    contradiction(
        "auto-converge slows a running guest down, and in stop-and-copy it stands",
        "leave one of the two out, or stop the guest later, by a switch");
  }
  if (options.streams && (options.technique == Technique::post_copy || options.technique == Technique::hybrid)) {
    contradiction("post-copy takes no parallel streams in this version of QEMU", "leave one of the two out");
  }
}

std::vector<Feature> unavailable_of(const MigrationOptions& options, const std::vector<Feature>& features) {
  const std::vector<std::string> names = needed_by(options);
  std::vector<Feature> missing;
  for (const Feature& feature : features) {
    if (!feature.available && std::find(names.begin(), names.end(), feature.name) != names.end()) {
      missing.push_back(feature);
    }
  }
  return missing;
}

void expect_available(const MigrationOptions& options, const std::vector<Feature>& features) {
  expect_consistent(options);
  const std::vector<Feature> missing = unavailable_of(options, features);
  if (!missing.empty()) {
    const Feature& first = missing.front();
    throw machine_lacks(
        fmt::format("{} is not available here: {}", first.name, first.reason),
        first.fix.empty() ? "`migralab capabilities` shows what is" : first.fix);
  }
}

Parsed<Bytes> parse_bandwidth(std::string_view text) {
  constexpr Bytes mib = Bytes::mib(1);
  const bool rate = text.ends_with("/s");
  Parsed<Bytes> bandwidth = parse_bytes(rate ? text.substr(0, text.size() - 2) : text);
  if (!bandwidth.value) {
    return bandwidth;
  }
  if (!rate || bandwidth.value->count == 0 || bandwidth.value->count % mib.count != 0) {
    return {
        {},
        fmt::format(
            "'{}' is not a number of MiB/s: libvirt takes whole MiB per second; write for example {}MiB/s",
            text,
            std::max<std::uint64_t>(1, bandwidth.value->count / mib.count))};
  }
  return bandwidth;
}

Parsed<unsigned> parse_throttle(std::string_view text) {
  std::string_view digits = text.ends_with('%') ? text.substr(0, text.size() - 1) : "";
  digits = digits.ends_with(' ') ? digits.substr(0, digits.size() - 1) : digits;
  unsigned percent = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
  if (problem != std::errc() || end != digits.data() + digits.size() || percent < 1 || percent > 99) {
    return {{}, fmt::format("'{}' is no whole percentage from 1% to 99%: write for example 20%", text)};
  }
  return {percent, {}};
}

Parsed<Bytes> parse_cache(std::string_view text) {
  Parsed<Bytes> cache = parse_bytes(text);
  if (!cache.value) {
    return cache;
  }
  if (*cache.value < smallest_cache || !std::has_single_bit(cache.value->count)) {
    const Bytes next{std::bit_ceil(std::max(cache.value->count, smallest_cache.count))};
    return {
        {}, fmt::format("{} is no size that QEMU's cache can have: write a power of two, {}", text, to_string(next))};
  }
  return cache;
}

std::string to_string(Technique technique) {
  switch (technique) {
  case Technique::pre_copy:
    return "pre-copy";
  case Technique::stop_and_copy:
    return "stop-and-copy";
  case Technique::post_copy:
    return "post-copy";
  case Technique::hybrid:
    return "hybrid";
  }
  return {};
}

std::string to_string(Compression compression) {
  switch (compression) {
  case Compression::xbzrle:
    return "xbzrle";
  case Compression::zlib:
    return "zlib";
  case Compression::zstd:
    return "zstd";
  }
  return {};
}

} // namespace migralab
