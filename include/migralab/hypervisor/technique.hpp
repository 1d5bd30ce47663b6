// SPDX-License-Identifier: Apache-2.0
// How a guest's memory is moved, and what this machine's hypervisor can do of it.
#pragma once

#include "migralab/core/clock.hpp"
#include "migralab/core/units.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace migralab {

/// pre_copy: rounds of copying while the guest runs, then a stop (Clark 2005). stop_and_copy: the guest stands still
/// while everything is copied; with a SwitchRule, while all is copied that rounds before have left. post_copy: the
/// guest goes on at the destination at once and fetches its pages (Hines 2009). hybrid: pre-copy that becomes
/// post-copy.
enum class Technique { pre_copy, stop_and_copy, post_copy, hybrid };
inline constexpr std::array techniques{
    Technique::pre_copy,
    Technique::stop_and_copy,
    Technique::post_copy,
    Technique::hybrid};

/// When a hybrid migration, or a stop-and-copy that does not stop at once, leaves pre-copy: at the first of these. None
/// given: after the first round. A hybrid one leaves it at the latest when the rest is about to fit the downtime limit,
/// by which pre-copy would end; a stop-and-copy that ends by it has stopped all the same.
struct SwitchRule {
  std::optional<unsigned> rounds = {};   // completed
  std::optional<Nanoseconds> after = {}; // since the migration began
  bool stall = false;                    // when a round begins with no less to send than the one before

  bool operator==(const SwitchRule&) const = default;
};

/// Watches a migration's rounds and says when to switch. Pure but for what it remembers.
class SwitchWatch {
public:
  explicit SwitchWatch(SwitchRule rule);

  /// `round`: the one that runs, from 1; `remaining`: bytes still to send. Once true, true for ever.
  [[nodiscard]] bool due(Nanoseconds elapsed, unsigned round, double remaining);

private:
  SwitchRule rule_;
  unsigned round_ = 0;
  std::optional<double> at_begin_; // remaining when the round began
  bool due_ = false;
};

/// xbzrle: differences to the page as it was sent before. zlib, zstd: pages compressed in parallel streams.
enum class Compression { xbzrle, zlib, zstd };
inline constexpr std::array compressions{Compression::xbzrle, Compression::zlib, Compression::zstd};

inline constexpr unsigned most_streams = 64;
inline constexpr Bytes smallest_cache{4096}; // of xbzrle: one page (migrate_params_check of QEMU)
inline constexpr unsigned most_switch_rounds = 1000;

/// One row of the table that `migralab capabilities` prints.
struct Feature {
  std::string name; // "post-copy", "compression zstd"
  bool available = false;
  std::string reason = {}; // why not; empty when available
  std::string fix = {};    // what would help; may be empty
};

/// What decides about features.
struct FeatureFacts {
  unsigned long libvirt_version = 0;  // 9000000 is 9.0.0 (virGetVersion)
  std::string userfault_problem = {}; // why userfaultfd(2) cannot be used for a guest's memory; empty: it can
};
[[nodiscard]] FeatureFacts feature_facts();

/// In the order of a table: techniques, then options.
[[nodiscard]] std::vector<Feature> migration_features(const FeatureFacts& facts);

struct MigrationOptions;

/// What is asked for and not available, in the order of the table.
[[nodiscard]] std::vector<Feature>
unavailable_of(const MigrationOptions& options, const std::vector<Feature>& features);

/// Throws Error, exit code 2, for options that contradict each other ("pre-copy never switches to post-copy").
void expect_consistent(const MigrationOptions& options);

/// Throws Error, exit code 3, for the first thing that is asked for and not available; exit code 2 for options that
/// contradict each other.
void expect_available(const MigrationOptions& options, const std::vector<Feature>& features);

/// "12MiB/s": whole MiB per second, which is all that libvirt takes. A problem reads "CAUSE: REMEDY".
[[nodiscard]] Parsed<Bytes> parse_bandwidth(std::string_view text);

/// "20%": a whole percentage from 1 to 99, which is what QEMU's throttle takes, as 20. A problem reads "CAUSE: REMEDY".
[[nodiscard]] Parsed<unsigned> parse_throttle(std::string_view text);

/// "64MiB": a power of two, no smaller than a page, which is what QEMU's cache takes. A problem reads "CAUSE: REMEDY".
[[nodiscard]] Parsed<Bytes> parse_cache(std::string_view text);

[[nodiscard]] std::string to_string(Technique technique);
[[nodiscard]] std::string to_string(Compression compression);

} // namespace migralab
