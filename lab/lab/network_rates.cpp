// SPDX-License-Identifier: Apache-2.0
#include "migralab/lab/network_rates.hpp"

#include "migralab/core/error.hpp"
#include "migralab/substrate/links.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <fmt/format.h>
#include <thread>

namespace migralab {

namespace {

constexpr BitRate at_once{10'000'000'000};   // the sum of what is measured at a time
constexpr std::size_t most_at_once = 8;      // threads
constexpr double enough_bits = 100 * 60 * 8; // a hundred of the smallest frames
constexpr std::array windows{
    std::chrono::milliseconds(60),
    std::chrono::milliseconds(150),
    std::chrono::milliseconds(300)};

struct Job {
  LinkEnd from;
  LinkEnd to;
  LinkLoad load;
  LinkRate rate;
};

std::vector<Job> jobs_of(const std::vector<MakeLink>& links) {
  std::vector<Job> jobs;
  for (const MakeLink& link : links) {
    if (!link.remote.empty()) {
      continue; // frames are sent and counted by threads in the networks of both ends
    }
    const LinkEnds ends = ends_of(link);
    if (link.shaping.up) {
      jobs.push_back(
          {ends.node,
           ends.port,
           {*link.shaping.up, link.mtu, link.shaping.delay},
           {link.network, link.node, LinkRate::Direction::up, *link.shaping.up, {}}});
    }
    if (link.shaping.down) {
      jobs.push_back(
          {ends.port,
           ends.node,
           {*link.shaping.down, link.mtu, link.shaping.delay},
           {link.network, link.node, LinkRate::Direction::down, *link.shaping.down, {}}});
    }
  }
  return jobs;
}

void measure(Job& job) {
  const double declared = static_cast<double>(job.rate.declared.bits_per_second);
  const Nanoseconds least(static_cast<Nanoseconds::rep>(enough_bits / declared * 1e9));
  for (const auto window : windows) {
    job.rate.measured = measure_link(job.from, job.to, job.load, std::max<Nanoseconds>(window, least));
    if (!job.rate.off()) {
      return;
    }
  }
}

/// Each in a thread of its own, which joins the networks of its nodes.
void measure_together(const std::vector<Job*>& jobs) {
  std::vector<std::exception_ptr> failures(jobs.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    threads.emplace_back([&job = *jobs[i], &failure = failures[i]] {
      try {
        measure(job);
      } catch (const Error& error) {
        failure = std::make_exception_ptr(
            error.in(fmt::format("measure {} {} {}", job.rate.network, job.rate.node, to_string(job.rate.direction))));
      } catch (...) {
        failure = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) {
      std::rethrow_exception(failure);
    }
  }
}

} // namespace

double LinkRate::deviation() const {
  return static_cast<double>(measured.bits_per_second) / static_cast<double>(declared.bits_per_second) - 1;
}

bool LinkRate::off() const {
  return std::abs(deviation()) > tolerated_deviation;
}

std::string to_string(LinkRate::Direction direction) {
  switch (direction) {
  case LinkRate::Direction::up:
    return "up";
  case LinkRate::Direction::down:
    return "down";
  }
  return {};
}

std::vector<LinkRate> measure_links(const std::vector<MakeLink>& links) {
  std::vector<Job> jobs = jobs_of(links);
  for (auto next = jobs.begin(); next != jobs.end();) {
    std::vector<Job*> together;
    std::uint64_t sum = 0;
    do {
      sum += next->rate.declared.bits_per_second;
      together.push_back(&*next++);
    } while (next != jobs.end() && together.size() < most_at_once &&
             sum + next->rate.declared.bits_per_second <= at_once.bits_per_second);
    measure_together(together);
  }
  std::vector<LinkRate> rates;
  for (Job& job : jobs) {
    rates.push_back(std::move(job.rate));
  }
  return rates;
}

std::vector<std::string> deviations(const std::vector<LinkRate>& rates) {
  std::vector<std::string> lines;
  for (const LinkRate& rate : rates) {
    if (rate.off()) {
      lines.push_back(fmt::format(
          "{} {} {}: declared {}, measured {} ({:+.1f} %)",
          rate.network,
          rate.node,
          to_string(rate.direction),
          to_string(rate.declared),
          human(rate.measured),
          rate.deviation() * 100));
    }
  }
  return lines;
}

} // namespace migralab
