// SPDX-License-Identifier: Apache-2.0
#include "sampler.hpp"

#include "migralab/core/error.hpp"

#include <fmt/format.h>

namespace migralab::balancer {

namespace {

constexpr auto answer_limit = std::chrono::seconds(2); // of a libvirtd that may just be starting
constexpr auto first_stretch = std::chrono::milliseconds(500);

ProcessorTimeReader reader_of(const AgentConfig& config) {
  const ProcessorSource& source = config.processors;
  switch (source.kind) {
  case ProcessorSource::Kind::account:
    return read_accounts({{config.host, source.path}});
  case ProcessorSource::Kind::network:
    return read_processes({{config.host, source.path}});
  case ProcessorSource::Kind::machine:
    break;
  }
  return [host = config.host] { return std::map<std::string, Nanoseconds>{{host, machine_processor_time()}}; };
}

} // namespace

Sampler::Sampler(const AgentConfig& config, std::function<void(SampleResult)> deliver)
    : config_(config), deliver_(std::move(deliver)), processors_(reader_of(config)), thread_([this] { work(); }) {}

bool Sampler::ask() {
  const std::lock_guard lock(mutex_);
  if (busy_) {
    return false;
  }
  busy_ = true;
  asked_.notify_one();
  return true;
}

void Sampler::work() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      asked_.wait(lock, [this] { return busy_; });
    }
    SampleResult result = look();
    {
      const std::lock_guard lock(mutex_);
      busy_ = false;
    }
    deliver_(std::move(result));
  }
}

SampleResult Sampler::look() {
  try {
    if (!before_) {
      before_ = read();
      std::this_thread::sleep_for(first_stretch);
    }
    HostReading now = read();
    coordination::HostSample sample = sample_of(*before_, now, config_);
    before_ = std::move(now);
    return sample;
  } catch (const std::exception& error) {
    guests_.reset(); // the daemon may have been started anew
    return coordination::SampleFailed{error.what()};
  }
}

HostReading Sampler::read() {
  if (!guests_) {
    guests_ = connect_guest_watch({.name = config_.host, .socket = config_.libvirt}, answer_limit);
  }
  HostReading reading;
  reading.guests = guests_->look();
  reading.at = std::chrono::steady_clock::now();
  reading.processor_time = processors_().at(config_.host);
  reading.interfaces = interface_counts();
  std::map<std::string, Bytes> memory;
  for (GuestCounters& guest : reading.guests) {
    const auto known = last_memory_.find(guest.name);
    if (!guest.memory_used && known != last_memory_.end()) {
      guest.memory_used = known->second;
    }
    if (guest.memory_used) {
      memory[guest.name] = *guest.memory_used;
    }
  }
  last_memory_ = std::move(memory);
  return reading;
}

} // namespace migralab::balancer
