// SPDX-License-Identifier: Apache-2.0
#include "executor.hpp"

#include "migralab/core/error.hpp"
#include "migralab/core/interrupt.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace migralab {

namespace {

class Execution {
public:
  Execution(
      const Plan& plan,
      const std::function<void(const Step&)>& perform,
      const std::function<void(const StepReport&)>& report)
      : plan_(plan), perform_(perform), report_(report), phase_(plan.steps.size(), Phase::waiting) {}

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return over() || next_ready().has_value(); });
      const std::optional<std::size_t> next = over() ? std::nullopt : next_ready();
      if (!next) {
        return;
      }
      phase_[*next] = Phase::running;
      lock.unlock();
      const Instant began = std::chrono::steady_clock::now();
      const std::exception_ptr failure = try_step(plan_.steps[*next]);
      const Nanoseconds took = std::chrono::steady_clock::now() - began;
      lock.lock();
      if (failure) {
        failure_ = failure_ ? failure_ : failure;
      } else {
        phase_[*next] = Phase::done;
        report_({plan_.steps[*next], ++done_, took});
      }
      changed_.notify_all();
    }
  }

  void rethrow() const {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

private:
  enum class Phase { waiting, running, done };

  [[nodiscard]] bool over() const { return failure_ || done_ == plan_.steps.size(); }

  [[nodiscard]] std::optional<std::size_t> next_ready() const {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      const auto& after = plan_.steps[i].after;
      if (phase_[i] == Phase::waiting &&
          std::all_of(after.begin(), after.end(), [this](std::size_t step) { return phase_[step] == Phase::done; })) {
        return i;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::exception_ptr try_step(const Step& step) const {
    try {
      throw_if_interrupted();
      perform_(step);
      return nullptr;
    } catch (const Error& error) {
      return error.status() == ExitStatus::interrupted ? std::make_exception_ptr(error)
                                                       : std::make_exception_ptr(error.in(step.name));
    } catch (const std::exception& error) {
      return std::make_exception_ptr(Error(step.name + ": " + error.what()));
    }
  }

  const Plan& plan_;
  const std::function<void(const Step&)>& perform_;
  const std::function<void(const StepReport&)>& report_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Phase> phase_;
  std::size_t done_ = 0;
  std::exception_ptr failure_;
};

} // namespace

void execute(
    const Plan& plan,
    std::size_t workers,
    const std::function<void(const Step&)>& perform,
    const std::function<void(const StepReport&)>& report) {
  Execution execution(plan, perform, report);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(workers, plan.steps.size()); ++i) {
    threads.emplace_back([&execution] { execution.work(); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  execution.rethrow();
}

} // namespace migralab
