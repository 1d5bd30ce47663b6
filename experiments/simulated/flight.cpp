// SPDX-License-Identifier: Apache-2.0
#include "flight.hpp"

#include "migralab/core/units.hpp"
#include "migralab/models/model.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace migralab::simulated {

namespace {

constexpr double page = 4096;
constexpr double page_header = 8; // bytes that a zero page costs
constexpr auto default_downtime = std::chrono::milliseconds(300);
constexpr unsigned xen_rounds = 5;          // xg_sr_save.c
constexpr double xen_threshold = 50 * page; // likewise
constexpr double device_state = 150e3;      // bytes: what QEMU 7.2 sends of a guest with a virtio disk and network card
constexpr unsigned throttle_initial = 20;   // per cent: QEMU's
constexpr unsigned throttle_increment = 10; // likewise
constexpr double throttle_most = 0.99;      // likewise
constexpr double little_progress = 0.5;     // a round that leaves more than that of what it sent: likewise

double in_seconds(Nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

double in_ms(Nanoseconds span) {
  return 1e3 * in_seconds(span);
}

class Flight : public std::enable_shared_from_this<Flight> {
public:
  Flight(World& world, const std::string& guest, const std::string& to, MigrationOptions options, FlightEnd done)
      : world_(world), options_(std::move(options)), done_(std::move(done)), spec_(guest_of(world.topology(), guest)),
        xen_(host_of(world.topology(), spec_.host).hypervisor == HostSpec::Hypervisor::xen) {
    record_.guest = guest;
    record_.from = world.places().at(guest);
    record_.to = to;
    record_.began = world.timeline().now();
  }

  void begin() {
    if (const std::string why = objection(); !why.empty()) {
      fail(why);
      return;
    }
    path_ = world_.path(record_.from, record_.to);
    zero_pages_ = std::max(0.0, (static_cast<double>(spec_.memory.count) - world_.memory_of(record_.guest)) / page);
    if (options_.technique == Technique::hybrid ||
        (options_.technique == Technique::stop_and_copy && options_.switch_rule)) {
      watch_.emplace(options_.switch_rule.value_or(SwitchRule{}));
    }
    in(options_.timeout, [](Flight& self) { self.give_up(); });
    in(varied(world_.topology().simulated.setup), [](Flight& self) { self.copy_disk(); });
  }

private:
  /// Later, if it has not ended by then.
  template <typename What> void in(Nanoseconds span, What what) {
    world_.timeline().after(span, [self = shared_from_this(), what] {
      if (!self->ended_) {
        what(*self);
      }
    });
  }

  /// Nothing takes exactly as long twice.
  Nanoseconds varied(Nanoseconds span) {
    constexpr double deviation = 0.02;
    const double factor = world_.topology().simulated.noise ? 1 + deviation * world_.random().about_normal() : 1;
    return std::chrono::duration_cast<Nanoseconds>(span * std::max(factor, 0.5));
  }

  [[nodiscard]] std::string objection() const {
    const Topology& topology = world_.topology();
    if (record_.from == record_.to) {
      return fmt::format("guest {} is on {} already", record_.guest, record_.to);
    }
    if (world_.path(record_.from, record_.to).empty()) {
      return fmt::format("no network for migrations connects {} and {}", record_.from, record_.to);
    }
    if (!same_kind(host_of(topology, record_.from), host_of(topology, record_.to))) {
      return fmt::format("{} and {} have different hypervisors", record_.from, record_.to);
    }
    if (options_.unattended) { // a balancer looks at what guests use, and nobody else looks then
      return "";
    }
    std::uint64_t needed = spec_.memory.count;
    for (const auto& [guest, host] : world_.places()) {
      needed += host == record_.to ? guest_of(topology, guest).memory.count : 0;
    }
    const Bytes there = host_of(topology, record_.to).memory;
    return needed <= there.count
               ? ""
               : fmt::format(
                     "{} has {} for guests, and would need {}", record_.to, to_string(there), to_string(Bytes{needed}));
  }

  [[nodiscard]] double cap() const {
    return options_.bandwidth ? static_cast<double>(options_.bandwidth->count)
                              : std::numeric_limits<double>::infinity();
  }

  void carry(double bytes, void (Flight::*then)()) {
    sending_ = bytes;
    round_began_ = world_.timeline().now();
    transfer_ = world_.links().carry(path_, bytes, cap(), [self = shared_from_this(), then] {
      if (!self->ended_) {
        self->sent_ += self->sending_;
        self->sending_ = 0;
        ((*self).*then)();
      }
    });
    rate_ = world_.links().rate(transfer_);
  }

  void copy_disk() {
    sample();
    if (options_.copy_storage && spec_.disk) {
      carry(static_cast<double>(spec_.disk->size.count), &Flight::copy_memory);
    } else {
      copy_memory();
    }
  }

  void copy_memory() {
    disk_ = sent_;
    setup_ = world_.timeline().now() - record_.began;
    left_ = world_.memory_of(record_.guest) + page_header * zero_pages_;
    if (options_.technique == Technique::post_copy) {
      post_copy();
    } else if (options_.technique == Technique::stop_and_copy && !watch_) {
      stop_and_send();
    } else {
      next_round();
    }
  }

  void next_round() {
    ++iteration_;
    if (!xen_) {
      event(record_.from, fmt::format("iteration {}", iteration_));
    }
    carry(left_, &Flight::end_round);
  }

  /// What the guest has written since the round began.
  [[nodiscard]] double written() {
    const double span = in_seconds(world_.timeline().now() - round_began_);
    return std::min(dirtied(world_.writers_of(record_.guest), span), world_.memory_of(record_.guest));
  }

  void end_round() {
    const double span = in_seconds(world_.timeline().now() - round_began_);
    const double carried = left_;
    left_ = written();
    dirty_rate_ = span > 0 ? left_ / span / page : 0;
    rate_ = span > 0 ? carried / span : rate_;
    slow_down(carried);
    if (is_due()) {
      leave_rounds();
    } else if (fits()) {
      stop_and_send();
    } else {
      next_round();
    }
  }

  [[nodiscard]] bool fits() const {
    if (xen_) {
      return left_ <= xen_threshold || iteration_ >= xen_rounds;
    }
    return left_ <= rate_ * in_seconds(options_.max_downtime.value_or(default_downtime));
  }

  void slow_down(double carried) {
    if (!options_.auto_converge || left_ <= little_progress * carried) {
      return;
    }
    const double by = throttled_ == 0 ? options_.auto_converge_initial.value_or(throttle_initial)
                                      : options_.auto_converge_increment.value_or(throttle_increment);
    throttled_ = std::min(throttle_most, throttled_ + by / 100);
    world_.throttle(record_.guest, throttled_);
  }

  [[nodiscard]] bool is_due() {
    return watch_ && watch_->due(world_.timeline().now() - record_.began, std::max(iteration_, 1U), remaining());
  }

  void leave_rounds() {
    if (options_.technique == Technique::hybrid) {
      post_copy();
    } else {
      stop_and_send();
    }
  }

  [[nodiscard]] double remaining() { return sending_ > 0 ? world_.links().left(transfer_) : left_; }

  /// In the middle of a round: what it has not carried, and what was written meanwhile.
  void cut_round() {
    if (sending_ > 0) {
      const double rest = world_.links().left(transfer_);
      world_.links().drop(transfer_);
      sent_ += sending_ - rest;
      left_ = rest + written();
      sending_ = 0;
    }
  }

  void stop_guest(const char* how) {
    stopped_ = world_.timeline().now();
    world_.stop(record_.guest);
    event(record_.from, how);
  }

  void stop_and_send() {
    cut_round();
    stop_guest("suspended (migrated)");
    carry(left_, &Flight::resume_after_copy);
  }

  void resume_after_copy() {
    left_ = 0;
    in(varied(world_.topology().simulated.resume), [](Flight& self) {
      self.resume("resumed (migrated)");
      self.in(self.varied(self.world_.topology().simulated.finish), [](Flight& last) { last.succeed(); });
    });
  }

  void resume(const char* how) {
    world_.place(record_.guest, record_.to);
    world_.throttle(record_.guest, 0);
    world_.runs(record_.guest);
    downtime_ = world_.timeline().now() - *stopped_;
    event(record_.to, how);
  }

  /// The guest goes on there at once, and its pages follow.
  void post_copy() {
    cut_round();
    stop_guest(switched_to_post_copy);
    rest_ = left_;
    carry(device_state, &Flight::resume_before_copy);
  }

  void resume_before_copy() {
    left_ = rest_;
    in(varied(world_.topology().simulated.resume), [](Flight& self) {
      self.resume("resumed (post-copy)");
      self.carry(self.left_, &Flight::finish_post_copy);
    });
  }

  void finish_post_copy() {
    left_ = 0;
    in(varied(world_.topology().simulated.finish), [](Flight& self) { self.succeed(); });
  }

  void give_up() {
    if (downtime_) { // it runs there; the source has nothing to go back to
      return;
    }
    if (sending_ > 0) {
      world_.links().drop(transfer_);
    }
    world_.throttle(record_.guest, 0);
    if (stopped_) {
      world_.runs(record_.guest);
    }
    fail(fmt::format("given up: not finished within its time limit of {}", human(options_.timeout)));
  }

  void event(const std::string& host, const std::string& what) {
    record_.events.push_back({world_.timeline().now(), host, what});
  }

  /// As virDomainGetJobStats tells it.
  [[nodiscard]] std::map<std::string, double> statistics() {
    const double left = remaining();
    const double sent = sent_ + (sending_ > 0 ? sending_ - left : 0) - disk_;
    return {
        {"memory_total", static_cast<double>(spec_.memory.count)},
        {"memory_processed", sent},
        {"memory_remaining", left},
        {"memory_constant", zero_pages_},
        {"memory_page_size", page},
        {"memory_iteration", iteration_},
        {"memory_dirty_rate", dirty_rate_},
        {"memory_bps", rate_},
        {"data_processed", sent + disk_},
        {"time_elapsed", in_ms(world_.timeline().now() - record_.began)}};
  }

  void sample() {
    if (!xen_) {
      record_.samples.push_back({world_.timeline().now(), statistics()});
    }
    if (!stopped_ && sending_ > 0 && is_due()) {
      leave_rounds();
    }
    in(options_.sample_interval, [](Flight& self) { self.sample(); });
  }

  void succeed() {
    record_.succeeded = true;
    if (!xen_) {
      record_.completed = statistics();
      record_.completed["downtime"] = in_ms(downtime_.value_or(Nanoseconds(0)));
      record_.completed["setup_time"] = in_ms(setup_);
    }
    end();
  }

  void fail(const std::string& why) {
    record_.error = why;
    end();
  }

  void end() {
    ended_ = true;
    record_.ended = world_.timeline().now();
    done_(std::move(record_));
  }

  World& world_;
  MigrationOptions options_;
  FlightEnd done_;
  const GuestSpec& spec_;
  bool xen_;
  MigrationRecord record_;
  std::vector<Cable> path_;
  std::optional<SwitchWatch> watch_;
  double zero_pages_ = 0;
  unsigned iteration_ = 0;
  Links::Id transfer_ = 0;
  double sending_ = 0;    // of the transfer that goes on
  double sent_ = 0;       // by those that have ended
  double disk_ = 0;       // of that
  double left_ = 0;       // for the next one
  double rest_ = 0;       // of a post-copy's pages, while the state of devices goes
  double rate_ = 0;       // bytes a second
  double dirty_rate_ = 0; // pages a second
  double throttled_ = 0;
  Instant round_began_;
  Nanoseconds setup_{};
  std::optional<Instant> stopped_;
  std::optional<Nanoseconds> downtime_;
  bool ended_ = false;
};

} // namespace

void begin_flight(
    World& world,
    const std::string& guest,
    const std::string& to,
    const MigrationOptions& options,
    FlightEnd done) {
  std::make_shared<Flight>(world, guest, to, options, std::move(done))->begin();
}

} // namespace migralab::simulated
