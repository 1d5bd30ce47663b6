// SPDX-License-Identifier: Apache-2.0
#include "migralab/models/predictions.hpp"

#include "migralab/core/error.hpp"
#include "migralab/statistics/summary.hpp"
#include "rounds.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace migralab {
namespace {

using models::seconds;
using models::span_of;
using models::whole_bytes;

constexpr std::size_t most_points = 64;                                  // of a least-squares fit
constexpr Nanoseconds shortest_interval = std::chrono::milliseconds(50); // of a history

double median_of(const std::vector<FittedInputs>& fits, const std::function<double(const FittedInputs&)>& value) {
  std::vector<double> values;
  values.reserve(fits.size());
  for (const FittedInputs& fit : fits) {
    values.push_back(value(fit));
  }
  return median(values);
}

/// A migration and what was fitted to it.
struct Fitted {
  const MigrationRecord* record;
  FittedInputs inputs;
};

std::optional<Fitted> fitted(const MigrationRecord& record) {
  if (!record.succeeded) {
    return std::nullopt;
  }
  try {
    return Fitted{&record, fit(record)};
  } catch (const Error&) {
    return std::nullopt; // too small or too short to show how it went
  }
}

class Predictor {
public:
  Predictor(std::vector<Fitted> sources, const PredictionContext& context) : context_(context) {
    for (const Fitted& source : sources) {
      fits_.push_back(source.inputs);
      if (const auto downtime = source.record->hypervisor_downtime()) {
        downtimes_.push_back(seconds(*downtime));
      }
      moved_.push_back(static_cast<double>(measured(*source.record).sent.value_or(source.inputs.memory).count));
    }
    points_ = dirty_points_of(fits_);
    inputs_ = common_inputs();
  }

  [[nodiscard]] std::vector<std::pair<std::string, MigrationPrediction>> all(std::vector<MigrationModel>& models) {
    switch (context_.options.technique) {
    case Technique::stop_and_copy:
      if (context_.options.switch_rule) {
        stopped_after_rounds();
        break;
      }
      while_it_stands();
      add(MigrationModel::stop_and_copy, inputs_);
      break;
    case Technique::post_copy:
      switched();
      add(MigrationModel::post_copy, inputs_);
      break;
    case Technique::hybrid:
      switched();
      inputs_.pre_copy_rounds = rounds_before_switch();
      add(MigrationModel::hybrid, inputs_);
      break;
    case Technique::pre_copy:
      pre_copy();
      break;
    }
    models = models_;
    return rows_;
  }

private:
  [[nodiscard]] ModelInputs common_inputs() const {
    const auto median_rate = [&](const std::function<BitRate(const FittedInputs&)>& rate) {
      return rate_of_bytes(median_of(fits_, [&](const FittedInputs& fit) { return bytes_per_second(rate(fit)); }));
    };
    ModelInputs inputs;
    inputs.memory = whole_bytes(median_of(fits_, [](const FittedInputs& fit) { return double(fit.memory.count); }));
    inputs.zero_pages = static_cast<std::uint64_t>(
        median_of(fits_, [](const FittedInputs& fit) { return static_cast<double>(fit.zero_pages); }));
    inputs.page_size = fits_.front().page_size;
    // A busy machine may send less than the link carries: fixed costs were fitted beside the rate that was seen, and a
    // higher one would leave a part of the time to nobody.
    inputs.link = median_rate([](const FittedInputs& fit) { return fit.link; });
    if (context_.goodput) {
      inputs.link = rate_of_bytes(std::min(bytes_per_second(inputs.link), bytes_per_second(*context_.goodput)));
    }
    if (context_.goodput && context_.options.bandwidth) {
      const double limit = static_cast<double>(context_.options.bandwidth->count);
      inputs.link = rate_of_bytes(std::min(bytes_per_second(inputs.link), limit));
    }
    inputs.dirty_rate = context_.dirty_set
                            ? context_.dirty_set->dirty_rate
                            : median_rate([](const FittedInputs& fit) { return fit.dirty_rate.value_or(BitRate{0}); });
    inputs.setup = span_of(median_of(fits_, [](const FittedInputs& fit) { return seconds(fit.setup); }));
    inputs.finish = span_of(median_of(fits_, [](const FittedInputs& fit) { return seconds(fit.after_transfer); }));
    return inputs;
  }

  /// What the fit counts as after the transfer is the guest's resume as far as the downtime shows it.
  void split_resume(double resume) {
    const double after = seconds(inputs_.finish);
    inputs_.resume = span_of(std::clamp(resume, 0.0, after));
    inputs_.finish = span_of(after - seconds(inputs_.resume));
  }

  /// Stop-and-copy: all of the downtime that the copy does not explain.
  void while_it_stands() {
    if (!downtimes_.empty()) {
      split_resume(median(downtimes_) - median(moved_) / bytes_per_second(inputs_.link));
    }
  }

  /// Post-copy: the devices' state is small beside the resume, and statistics do not tell them apart.
  void switched() {
    if (!downtimes_.empty()) {
      split_resume(median(downtimes_));
    }
  }

  /// As asked for; where time or a stall decided, as many as the fitted migrations had.
  [[nodiscard]] unsigned rounds_before_switch() const {
    const SwitchRule rule = context_.options.switch_rule.value_or(SwitchRule{});
    if (!rule.after && !rule.stall) {
      return rule.rounds.value_or(1);
    }
    const double rounds = median_of(fits_, [](const FittedInputs& fit) { return double(fit.rounds.size()); });
    return static_cast<unsigned>(std::max(1.0, std::round(rounds - 1)));
  }

  [[nodiscard]] Nanoseconds downtime_limit() const {
    return context_.options.max_downtime.value_or(std::chrono::milliseconds(300));
  }

  /// The guest's program, for the models that take a working set.
  [[nodiscard]] std::optional<ModelInputs> with_working_set() const {
    const auto set = context_.dirty_set ? context_.dirty_set : fit_dirty_set(points_, inputs_.memory);
    if (!set) {
      return std::nullopt;
    }
    ModelInputs inputs = inputs_;
    inputs.dirty_rate = set->dirty_rate;
    inputs.working_set = std::min(set->working_set, inputs.memory);
    return inputs;
  }

  /// Pre-copy whose stop rule counts rounds. What the round that is cut short had sent is not told apart.
  void stopped_after_rounds() {
    inputs_.stop = {
        .downtime_limit = downtime_limit(), .threshold = {}, .max_rounds = rounds_before_switch(), .max_sent = {}};
    add(MigrationModel::geometric, inputs_);
    if (const auto inputs = with_working_set()) {
      add(MigrationModel::sweep, *inputs);
      add(MigrationModel::uniform_writes, *inputs);
    }
  }

  void pre_copy() {
    const Nanoseconds limit = downtime_limit();
    const StopRule between = qemu_stop_rule(limit);
    const StopRule within = qemu_stop_rule_within_rounds(limit);
    const auto both = [&](MigrationModel model, ModelInputs inputs) {
      inputs.stop = between;
      add(model, inputs);
      inputs.stop = within;
      add(model, inputs, "-within");
    };
    both(MigrationModel::geometric, inputs_);
    if (const auto inputs = with_working_set()) {
      both(MigrationModel::sweep, *inputs);
      both(MigrationModel::uniform_writes, *inputs);
    }
    ModelInputs inputs = inputs_; // the simulations of rounds know nothing of looking within one
    inputs.stop = between;
    add(MigrationModel::average, inputs);
    if (remember(inputs)) {
      add(MigrationModel::history, inputs);
    }
    inputs_.dirty_curve = context_.dirty_curve.size() >= 2 ? context_.dirty_curve : rising(points_);
    if (inputs_.dirty_curve.size() >= 2) {
      both(MigrationModel::curve, inputs_);
    }
  }

  /// The dirty rate of each round of the first migration that shows rounds, in intervals of the shortest. False: none
  /// does.
  [[nodiscard]] bool remember(ModelInputs& inputs) const {
    std::vector<DirtyPoint> rounds;
    for (const FittedInputs& fit : fits_) {
      if (rounds.empty()) {
        rounds = dirtied_by_rounds(fit);
      }
    }
    Nanoseconds interval = Nanoseconds::max();
    for (const DirtyPoint& round : rounds) {
      interval = std::min(interval, round.period);
    }
    interval = std::max(interval, shortest_interval);
    for (const DirtyPoint& round : rounds) {
      const double share = seconds(interval) / seconds(round.period);
      const auto intervals = std::max<std::int64_t>(1, std::llround(1 / share));
      for (std::int64_t i = 0; i < intervals; ++i) {
        inputs.history.push_back(whole_bytes(static_cast<double>(round.dirtied.count) * share));
      }
    }
    inputs.history_interval = interval;
    return !inputs.history.empty();
  }

  /// A curve takes rising periods, and more dirtied in a longer one: of points that contradict that, the higher stays.
  [[nodiscard]] static std::vector<DirtyPoint> rising(const std::vector<DirtyPoint>& points) {
    std::vector<DirtyPoint> curve;
    for (const DirtyPoint& point : points) {
      if (!curve.empty() && point.period == curve.back().period) {
        curve.back().dirtied = std::max(curve.back().dirtied, point.dirtied);
      } else {
        curve.push_back({point.period, curve.empty() ? point.dirtied : std::max(curve.back().dirtied, point.dirtied)});
      }
    }
    return curve;
  }

  void add(MigrationModel model, const ModelInputs& inputs, const std::string& suffix = "") {
    try {
      rows_.emplace_back(std::string(to_string(model)) + suffix, predict(model, inputs));
      models_.push_back(model);
    } catch (const Error&) {
      // A fit can bring numbers that a model has no answer to (a time beyond its range): it then says nothing.
    }
  }

public:
  /// What each round but the last left for the next, in order.
  [[nodiscard]] static std::vector<DirtyPoint> dirtied_by_rounds(const FittedInputs& fit) {
    std::vector<DirtyPoint> points;
    for (std::size_t i = 0; i + 1 < fit.rounds.size(); ++i) {
      if (fit.rounds[i].length > Nanoseconds(0)) {
        points.push_back({fit.rounds[i].length, std::min(fit.rounds[i + 1].left_at_start, fit.memory)});
      }
    }
    return points;
  }

private:
  const PredictionContext& context_;
  std::vector<FittedInputs> fits_;
  std::vector<double> downtimes_; // seconds
  std::vector<double> moved_;     // bytes
  std::vector<DirtyPoint> points_;
  ModelInputs inputs_;
  std::vector<std::pair<std::string, MigrationPrediction>> rows_;
  std::vector<MigrationModel> models_;
};

/// Sum of squares of what uniform writes would miss of the points.
double misfit(const std::vector<DirtyPoint>& points, double rate, double set) {
  double sum = 0;
  for (const DirtyPoint& point : points) {
    const double dirtied = -set * std::expm1(-rate * seconds(point.period) / set);
    const double miss = dirtied - static_cast<double>(point.dirtied.count);
    sum += miss * miss;
  }
  return sum;
}

/// The least of a function with one valley, between two values above 0, by golden section over their logarithms.
double least(double from, double to, const std::function<double(double)>& value) {
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double low = std::log(from);
  double high = std::log(to);
  double left = high - golden * (high - low);
  double right = low + golden * (high - low);
  double at_left = value(std::exp(left));
  double at_right = value(std::exp(right));
  for (int step = 0; step < 50; ++step) {
    if (at_left < at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - golden * (high - low);
      at_left = value(std::exp(left));
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + golden * (high - low);
      at_right = value(std::exp(right));
    }
  }
  return std::exp((low + high) / 2);
}

/// At most so many, evenly taken.
std::vector<DirtyPoint> thinned(const std::vector<DirtyPoint>& points) {
  if (points.size() <= most_points) {
    return points;
  }
  std::vector<DirtyPoint> some;
  for (std::size_t i = 0; i < most_points; ++i) {
    some.push_back(points[i * (points.size() - 1) / (most_points - 1)]);
  }
  return some;
}

} // namespace

std::string_view to_string(FittedTo fitted_to) {
  switch (fitted_to) {
  case FittedTo::others:
    return "others";
  case FittedTo::itself:
    return "itself";
  }
  return "?";
}

std::vector<DirtyPoint> dirty_points_of(std::span<const FittedInputs> fits) {
  std::vector<DirtyPoint> points;
  for (const FittedInputs& fit : fits) {
    const std::vector<DirtyPoint> more = Predictor::dirtied_by_rounds(fit);
    points.insert(points.end(), more.begin(), more.end());
  }
  std::stable_sort(
      points.begin(), points.end(), [](const DirtyPoint& a, const DirtyPoint& b) { return a.period < b.period; });
  return points;
}

std::optional<DirtySet> fit_dirty_set(const std::vector<DirtyPoint>& all_points, Bytes memory) {
  const std::vector<DirtyPoint> points = thinned(all_points);
  double most_dirtied = 0;
  double fastest = 0;
  for (const DirtyPoint& point : points) {
    const auto dirtied = static_cast<double>(point.dirtied.count);
    most_dirtied = std::max(most_dirtied, dirtied);
    fastest = std::max(fastest, dirtied / seconds(point.period));
  }
  if (most_dirtied <= 0) {
    return std::nullopt;
  }
  const double largest = std::max(most_dirtied, static_cast<double>(memory.count));
  const double smallest = std::min(most_dirtied / 2, largest); // points scatter around the set when it is full
  const auto rate_for = [&](double set) {
    return least(fastest / 1e3, fastest * 1e3, [&](double rate) { return misfit(points, rate, set); });
  };
  const double set = least(smallest, largest, [&](double trial) { return misfit(points, rate_for(trial), trial); });
  return DirtySet{rate_of_bytes(rate_for(set)), whole_bytes(std::min(set, static_cast<double>(memory.count)))};
}

BitRate goodput_of(BitRate link, unsigned mtu) {
  constexpr unsigned headers = 52; // IPv4, and TCP with time stamps
  constexpr unsigned ethernet = 14;
  if (mtu <= headers) {
    throw Error("an MTU of " + std::to_string(mtu) + " leaves no room for data");
  }
  return rate_of_bytes(bytes_per_second(link) * (mtu - headers) / (mtu + ethernet));
}

std::vector<ModelRow> predictions_of(
    const MigrationRecord& trial,
    std::span<const MigrationRecord* const> cell,
    const PredictionContext& context) {
  if (!trial.succeeded) {
    return {};
  }
  std::vector<Fitted> sources;
  for (const MigrationRecord* record : cell) {
    if (record != &trial) {
      if (auto source = fitted(*record)) {
        sources.push_back(std::move(*source));
      }
    }
  }
  const FittedTo fitted_to = sources.empty() ? FittedTo::itself : FittedTo::others;
  if (sources.empty()) {
    if (auto source = fitted(trial)) {
      sources.push_back(std::move(*source));
    } else {
      return {};
    }
  }
  const std::size_t trials = sources.size();
  std::vector<MigrationModel> models;
  const auto predictions = Predictor(std::move(sources), context).all(models);
  const Measured taken = measured(trial);
  std::vector<ModelRow> rows;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const auto& [name, predicted] = predictions[i];
    rows.push_back({name, models[i], fitted_to, trials, predicted, error_of(predicted, taken)});
  }
  return rows;
}

} // namespace migralab
